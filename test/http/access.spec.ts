import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/platform/errors/index.js';
import {
  allScopes,
  includesRole,
  includesTier,
  roles,
  scopesOfRole,
  tiers,
  type Role,
  type Scope,
  type Tier,
} from '../../src/identity/permissions/index.js';
import { makeKey } from '../../src/identity/api-keys/key-format.js';
import { startApp, type TestApp } from '../harness/app.js';
import { letAppIn, type AppCaller } from '../harness/app-token.js';
import type { Answer, Problem, TestClient } from '../harness/client.js';
import { Callers, type Person } from '../harness/callers.js';
import { withOldToken } from '../harness/old-token.js';
import { concurrently } from '../harness/concurrently.js';
import { expectProblem, NO_ID } from '../harness/expectations.js';
import { openapi, operations, toOperation, type Operation } from '../harness/operations.js';

/** Who is refused and how, or with `passes` who is allowed: one cell of the matrix of operations and callers. */
interface Cell {
  operation: Operation;
  caller: string;
  refusal: ErrorCode | 'passes';
  /** A part of the refusal’s text. */
  detail?: string;
  challenge?: string;
}

/** The only public operations. */
const OPEN = [
  'GET /alive',
  'GET /api/v1/plans',
  'GET /api/v1/versions',
  'GET /errors',
  'GET /errors/{slug}',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /metrics/prometheus',
  'GET /oauth/jwks',
  'GET /ready',
  'GET /ready/all',
  'POST /api/v1/invitations/inspect',
  'POST /auth/forgot-password',
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /auth/register',
  'POST /auth/reset-password',
  'POST /auth/verify-email',
];

/** Credentials that are not valid anywhere. */
const BAD: Record<string, ErrorCode> = {
  'no credential': 'UNAUTHORIZED',
  'an empty token': 'UNAUTHORIZED',
  garbage: 'UNAUTHORIZED',
  'garbage in the form of a JWT': 'UNAUTHORIZED',
  'a key with a wrong checksum': 'UNAUTHORIZED',
  'a key that nobody has': 'UNAUTHORIZED',
  'a good key by Basic authentication': 'UNAUTHORIZED',
  'a good key in the address': 'UNAUTHORIZED',
  'an expired key': 'TOKEN_EXPIRED',
  'an expired access token': 'TOKEN_EXPIRED',
  'a revoked key': 'TOKEN_REVOKED',
  'an ended session': 'TOKEN_REVOKED',
  'the session of a removed member': 'TOKEN_REVOKED',
  'the session of a deactivated person': 'TOKEN_REVOKED',
  'a session in a suspended organization': 'TOKEN_REVOKED',
  'a key of a suspended organization': 'TOKEN_REVOKED',
  'a key of a deleted organization': 'TOKEN_REVOKED',
  'the expired token of an app': 'TOKEN_EXPIRED',
  'an app whose access ended': 'TOKEN_REVOKED',
  'an app that was disabled': 'TOKEN_REVOKED',
  'the app of a removed member': 'TOKEN_REVOKED',
  'the app of a deactivated person': 'TOKEN_REVOKED',
  'an app in a suspended organization': 'TOKEN_REVOKED',
};

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;
const all = operations();
const open = all.filter(({ isPublic }) => isPublic);
const closed = all.filter(({ isPublic }) => !isPublic);
const matrix = closed.flatMap(cellsOf);

let app: TestApp;
let callers: Callers;
/** Creates every caller at most once. */
const known = new Map<string, Promise<Call>>();
type Call = (operation: Operation) => Promise<Answer<Problem>>;

beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  callers = new Callers(app);
});
afterAll(() => app.close());

describe('openapi.json', () => {
  it('declares exactly the operations listed here as public', () => {
    expect(open.map(nameOf).sort()).toEqual(OPEN);
  });

  it.each(all.map((operation) => [nameOf(operation), operation] as const))(
    'describes the access to %s the same in every place',
    (_name, { method, path, access, requiredTier, needsRecentSignIn }) => {
      const { security = [], responses } = openapi.paths[path]?.[method.toLowerCase()] ?? {};
      const scopes = access.kind === 'scopes' ? access.scopes : [];
      const expected = { public: [], scopes: [{ api_key: scopes }, { session: scopes }] }[access.kind as 'public'];
      expect(security).toEqual(expected ?? [{ session: [] }]);
      if (access.kind !== 'public')
        expect(Object.keys(responses ?? {})).toEqual(expect.arrayContaining(['401', '403']));
      if (requiredTier) expect(responses).toHaveProperty('402');
      if (needsRecentSignIn) expect(access.kind).not.toBe('public');
    },
  );

  it('cannot contain an operation that the matrix omits', () => {
    expect(() => toOperation('GET', '/api/v1/forgotten', { operationId: 'forgotten', responses: {} })).toThrow(
      'GET /api/v1/forgotten does not say',
    );
    for (const operation of closed) {
      const refusals = matrix.filter((cell) => cell.operation === operation).map(({ refusal }) => refusal);
      expect({ of: nameOf(operation), refusals }).toEqual({
        of: nameOf(operation),
        refusals: expect.arrayContaining(['UNAUTHORIZED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'passes']),
      });
      // The invalid credentials, the allowed callers, and at least one valid credential that does not suffice.
      expect(refusals.length).toBeGreaterThan(Object.keys(BAD).length + 1);
    }
  });
});

describe.each([...new Set(matrix.map(({ refusal }) => refusal))])('%s', (refusal) => {
  const cells = matrix.filter((cell) => cell.refusal === refusal);
  it.each([...new Set(cells.map(({ caller }) => caller))])('%s', async (caller) => {
    const wrong: object[] = [];
    await concurrently(
      cells.filter((cell) => cell.caller === caller),
      async (cell) => {
        try {
          check(await (await callerOf(cell))(cell.operation), cell);
        } catch (error) {
          wrong.push({ operation: nameOf(cell.operation), error: (error as Error).message });
        }
      },
    );
    expect(wrong).toEqual([]);
  });
});

describe('a public operation', () => {
  it.each(open.map((operation) => [nameOf(operation), operation] as const))(
    'ignores the credential: %s',
    async (_name, operation) => {
      const answers = await Promise.all(
        [undefined, 'garbage', 'eyJhbGciOiJub25lIn0.e30.'].map((token) => send(app.client.as(token), operation)),
      );
      const [without, ...others] = answers.map(({ status, body }) => ({ status, code: body.code }));
      for (const answer of others) expect(answer).toEqual(without);
    },
  );
});

it('is counted', () => {
  const count = (refusal: string): string => `${matrix.filter((cell) => cell.refusal === refusal).length} ${refusal}`;
  const parts = [...new Set(matrix.map(({ refusal }) => refusal))].map(count).join(', ');
  process.stdout.write(`access matrix: ${all.length} operations, ${matrix.length} cells (${parts})\n`);
  expect(matrix.length).toBeGreaterThan(closed.length * Object.keys(BAD).length);
});

/** The row of the matrix for one operation, derived from the document. */
function cellsOf(operation: Operation): Cell[] {
  const { access, requiredTier, needsRecentSignIn, recentSignInFor } = operation;
  const cell = (caller: string, refusal: Cell['refusal'], more: Partial<Cell> = {}): Cell => ({
    operation,
    caller,
    refusal,
    ...more,
  });
  const cells = Object.entries(BAD).map(([caller, refusal]) => cell(caller, refusal));
  if (access.kind === 'scopes') {
    for (const scope of access.scopes) {
      cells.push(cell(`a key without ${scope}`, 'INSUFFICIENT_SCOPE', { detail: scope }));
      cells.push(cell(`an app without ${scope}`, 'INSUFFICIENT_SCOPE', { detail: scope }));
      const lacking = roles.filter((role) => !scopesOfRole[role].has(scope));
      for (const role of lacking) {
        cells.push(cell(`a signed-in ${role}`, 'INSUFFICIENT_SCOPE', { detail: scope }));
        cells.push(cell(`an app of the ${role} with every scope`, 'INSUFFICIENT_SCOPE', { detail: scope }));
      }
    }
    cells.push(cell(`a key with ${access.scopes.join(' and ')} alone`, 'passes'));
    cells.push(cell(`an app with ${access.scopes.join(' and ')} alone`, 'passes'));
  } else {
    cells.push(cell('a key with every scope', 'FORBIDDEN'), cell('a test key with every scope', 'FORBIDDEN'));
    cells.push(cell('an app of the owner with every scope', 'FORBIDDEN'));
  }
  if (access.kind === 'role') {
    const lower = roles.filter((role) => !includesRole(role, access.role));
    for (const role of lower) cells.push(cell(`a signed-in ${role}`, 'FORBIDDEN', { detail: access.role }));
  }
  if (access.kind === 'superuser') cells.push(cell('a signed-in owner', 'FORBIDDEN', { detail: 'superuser' }));
  const lower = tiers.filter((tier) => requiredTier && !includesTier(tier, requiredTier));
  for (const tier of lower) {
    cells.push(cell(`somebody on the plan ${tier}`, 'UPGRADE_REQUIRED', { detail: requiredTier as Tier }));
  }
  const challenge = 'error="insufficient_user_authentication"';
  if (needsRecentSignIn) {
    cells.push(cell('somebody who signed in 16 minutes ago', 'FORBIDDEN', { detail: '15 minutes', challenge }));
  }
  for (const field of recentSignInFor ?? []) {
    const caller = `somebody who signed in 16 minutes ago, with the field ${field}`;
    cells.push(cell(caller, 'FORBIDDEN', { detail: '15 minutes', challenge }));
  }
  if (recentSignInFor) cells.push(cell('somebody who signed in 16 minutes ago, without such a field', 'passes'));
  return [...cells, cell(mayCall(operation), 'passes')];
}

/** The caller with the fewest rights that may call it. */
function mayCall({ access }: Operation): string {
  if (access.kind === 'superuser') return 'a signed-in superuser';
  const least = roles.find((role) =>
    access.kind === 'scopes'
      ? access.scopes.every((scope) => scopesOfRole[role].has(scope))
      : access.kind !== 'role' || includesRole(role, access.role),
  ) as Role;
  return `a signed-in ${least}`;
}

function check(answer: Answer<Problem>, { refusal, detail, challenge }: Cell): void {
  if (refusal === 'passes') {
    expect([401, 402, 403]).not.toContain(answer.status);
    expect(answer.status).toBeLessThan(500);
    return;
  }
  const problem = expectProblem(answer, refusal);
  if (detail) expect(problem.detail).toContain(detail);
  if (challenge) expect(answer.headers.get('www-authenticate')).toContain(challenge);
}

/** A body that every operation rejects: callers who pass the guards get a validation error, and nothing changes. */
const NOTHING_COMES_OF_IT = { 'no such field': true };

async function send(
  client: TestClient,
  operation: Operation,
  headers = {},
  query = '',
  fields: object = {},
): Promise<Answer<Problem>> {
  const leaving = new AbortController();
  const response = await client.fetch(operation.method, operation.path.replace(/\{\w+\}/g, NO_ID) + query, {
    ...(operation.body && { body: { ...NOTHING_COMES_OF_IT, ...fields } }),
    headers,
    signal: leaving.signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? '' : await response.text();
  leaving.abort();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : {}) as Problem };
}

const as =
  (client: TestClient): Call =>
  (operation) =>
    send(client, operation);

function callerOf({ caller, refusal, operation }: Cell): Promise<Call> {
  // Allowed calls run as a person whom no later test needs.
  const name = refusal === 'passes' && !operation.body && operation.method !== 'GET' ? nameOf(operation) : '';
  const { access, needsSession, recentSignInFor } = operation;
  const kind = access.kind === 'superuser' ? 'superuser' : refusal === 'UPGRADE_REQUIRED' && needsSession;
  const key = [caller, name, kind, recentSignInFor].join();
  const made = known.get(key) ?? makeCaller(caller, operation);
  known.set(key, made);
  return made;
}

async function makeCaller(caller: string, operation: Operation): Promise<Call> {
  const make = BAD_MAKERS[caller];
  if (make) return make();
  const { access } = operation;
  const [, role] = /^a signed-in (\w+)$/.exec(caller) ?? [];
  if (role === 'superuser') return as((await callers.person({ role: 'member', isSuperuser: true })).client);
  if (role) return as((await callers.person({ role: role as Role })).client);
  const isSuperuser = access.kind === 'superuser';
  if (caller.startsWith('somebody who signed in')) {
    const { client } = await callers.person({ isSuperuser, signedInSecondsAgo: 16 * 60 });
    const [, field] = /with the field (\w+)$/.exec(caller) ?? [];
    return (called) => send(client, called, {}, '', field ? { [field]: 'x' } : {});
  }
  const [, plan] = /^somebody on the plan (\w+)$/.exec(caller) ?? [];
  const person = await callers.person({ isSuperuser, ...(plan && { plan: plan as Tier }) });
  if (plan) return as(access.kind === 'scopes' ? (await callers.key(person, access.scopes)).client : person.client);
  if (caller.startsWith('an app')) return appOf(caller);
  return as((await callers.key(person, scopesFor(caller), caller.startsWith('a test') ? 'test' : 'live')).client);
}

function scopesFor(caller: string): Scope[] {
  const [, missing] = /^an? (?:key|app) without (\S+)$/.exec(caller) ?? [];
  const [, alone] = /^an? (?:key|app) with (.+) alone$/.exec(caller) ?? [];
  if (alone) return alone.split(' and ') as Scope[];
  return allScopes.filter((scope) => scope !== missing);
}

const BAD_MAKERS: Record<string, () => Promise<Call> | Call> = {
  'no credential': () => as(app.client),
  'an empty token': () => (operation) => send(app.client, operation, { authorization: 'Bearer ' }),
  garbage: () => as(app.client.as('garbage')),
  'garbage in the form of a JWT': () => as(app.client.as('eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.AAAA')),
  'a key with a wrong checksum': () => as(app.client.as(`parl_live_sk_${'0'.repeat(38)}`)),
  'a key that nobody has': () => as(app.client.as(makeKey('parl', 'live'))),
  'a good key by Basic authentication': async () => {
    const { client } = await goodKey();
    const authorization = `Basic ${Buffer.from(`${client.token}:`).toString('base64')}`;
    return (operation) => send(app.client, operation, { authorization });
  },
  'a good key in the address': async () => {
    const { client } = await goodKey();
    return (operation) => send(app.client, operation, {}, `?access_token=${client.token}`);
  },
  'an expired key': async () => {
    const { client, id } = await goodKey();
    await app.database.query(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
    return as(client);
  },
  'an expired access token': async () => as(await withOldToken(app, await callers.person(), 7_200)),
  'a revoked key': async () => {
    const person = await callers.person();
    const { client, id } = await callers.key(person, allScopes);
    expect(await person.client.delete(`/api/v1/api-keys/${id}`)).toMatchObject({ status: 204 });
    return as(client);
  },
  'an ended session': async () => {
    const { client } = await callers.person();
    expect(await client.post('/auth/logout')).toMatchObject({ status: 204 });
    return as(client);
  },
  'the session of a removed member': () =>
    personAfter('DELETE FROM memberships WHERE user_id = $1', ({ userId }) => userId),
  'the session of a deactivated person': () =>
    personAfter('UPDATE users SET is_active = false WHERE id = $1', ({ userId }) => userId),
  'a session in a suspended organization': () =>
    personAfter('UPDATE organizations SET suspended_at = now() WHERE id = $1', ({ organizationId }) => organizationId),
  'a key of a suspended organization': () => keyAfter('UPDATE organizations SET suspended_at = now() WHERE id = $1'),
  'the expired token of an app': async () => as((await letAppIn(app, await callers.person(), allScopes, 7_200)).client),
  'an app whose access ended': () =>
    appAfter(
      'UPDATE oauth_authorizations SET ended_at = now() WHERE id = $1',
      ({ authorizationId }) => authorizationId,
    ),
  'an app that was disabled': () =>
    appAfter(`UPDATE oauth_applications SET status = 'disabled' WHERE id = $1`, ({ applicationId }) => applicationId),
  'the app of a removed member': () => appAfter('DELETE FROM memberships WHERE user_id = $1', ({ userId }) => userId),
  'the app of a deactivated person': () =>
    appAfter('UPDATE users SET is_active = false WHERE id = $1', ({ userId }) => userId),
  'an app in a suspended organization': () =>
    appAfter('UPDATE organizations SET suspended_at = now() WHERE id = $1', ({ organizationId }) => organizationId),
  'a key of a deleted organization': () => keyAfter('UPDATE organizations SET deleted_at = now() WHERE id = $1'),
};

async function appOf(caller: string): Promise<Call> {
  const [, role = 'owner'] = /^an app of the (\w+) /.exec(caller) ?? [];
  return as((await letAppIn(app, await callers.person({ role: role as Role }), scopesFor(caller))).client);
}

const goodKey = async () => callers.key(await callers.person(), allScopes);

/** Creates credentials that the server has not cached. */
async function personAfter(sql: string, of: (person: Person) => string): Promise<Call> {
  const person = await callers.person();
  await app.database.query(sql, [of(person)]);
  return as(person.client);
}

async function appAfter(sql: string, of: (made: Person & AppCaller) => string): Promise<Call> {
  const person = await callers.person();
  const made = await letAppIn(app, person, allScopes);
  await app.database.query(sql, [of({ ...person, ...made })]);
  return as(made.client);
}

async function keyAfter(sql: string): Promise<Call> {
  const person = await callers.person();
  const { client } = await callers.key(person, allScopes);
  await app.database.query(sql, [person.organizationId]);
  return as(client);
}
