import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';
import { ServerProcess } from '../harness/processes.js';
import { openStream } from '../harness/stand-in.js';

const WITHIN_MS = 120_000;
/** Shorter than the cache of a process, half a minute: what a process knows by then, it has received as a broadcast. */
const TOLD_WITHIN_MS = 10_000;

let database: TestDatabase;
let model: ModelServer;
/** Two processes that serve the same data: a change in one applies to the other. */
let here: ServerProcess;
let there: ServerProcess;

beforeAll(async () => {
  [database, model] = await Promise.all([createDatabase(), startModelServer()]);
  const variables = testEnvironment({
    DATABASE_URL: database.url,
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '60',
    LOG_LEVEL: 'error',
  });
  [here, there] = await Promise.all([
    ServerProcess.start('main.js', variables),
    ServerProcess.start('main.js', variables),
  ]);
}, WITHIN_MS);
afterAll(async () => {
  await Promise.all([here.kill(), there.kill()]);
  await model.close();
  await database.drop();
});

interface Revocation {
  /** The token of the credential that ends or loses rights. */
  token: string;
  revoke: (on: TestClient) => Promise<{ status: number }>;
  /** The call that it is then refused; listing its conversations by default. */
  path?: string;
  code?: string;
}

const CONVERSATIONS = '/api/v1/conversations';
const KEYS = '/api/v1/api-keys';
const MEMBERS = '/api/v1/organizations/me/members';
const KEY = { name: 'Key', scopes: ['conversations:read', 'conversations:write'] };

async function withNewKey(owner: Account, revoke: (key: string, on: TestClient) => Promise<{ status: number }>) {
  const { body } = await owner.session.post<{ id: string; key: string }>(KEYS, KEY);
  return { token: body.key, revoke: (on: TestClient) => revoke(`${KEYS}/${body.id}`, on.as(owner.accessToken)) };
}

/** Another person, signed in to that organization. */
async function member({ organizationId }: Account, role = 'member'): Promise<{ token: string; path: string }> {
  const { session, userId, accessToken: token } = await register(here.client);
  await database.query('INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)', [
    organizationId,
    userId,
    role,
  ]);
  const { status } = await session.post('/auth/switch-organization', { organization_id: organizationId });
  expect(status).toBe(200);
  return { token, path: `${MEMBERS}/${userId}` };
}

const operator = async (on: TestClient): Promise<TestClient> => {
  const { accessToken, userId } = await register(on);
  await database.query('UPDATE users SET is_superuser = true WHERE id = $1', [userId]);
  return on.as(accessToken);
};
const suspend = async (organizationId: string, on: TestClient) =>
  (await operator(on)).patch(`/api/v1/admin/organizations/${organizationId}`, { suspended: true });
const close = (owner: Account, name: string, on: TestClient) =>
  on.as(owner.accessToken).call<unknown>('DELETE', '/api/v1/organizations/me', { body: { name } });

/** How a credential ends, or what it loses. */
const REVOCATIONS: [string, (owner: Account) => Promise<Revocation> | Revocation][] = [
  ['an API key that is revoked', (owner) => withNewKey(owner, (key, on) => on.delete(key))],
  [
    'an API key that is replaced at once',
    (owner) => withNewKey(owner, (key, on) => on.post(`${key}/rotate`, { overlap_seconds: 0 })),
  ],
  [
    'an API key that runs out now',
    async (owner) => ({
      ...(await withNewKey(owner, (key, on) =>
        on.patch(key, { expires_at: new Date(Date.now() + 500).toISOString() }),
      )),
      code: 'TOKEN_EXPIRED',
    }),
  ],
  [
    'an API key that loses a scope',
    async (owner) => ({
      ...(await withNewKey(owner, (key, on) => on.patch(key, { scopes: ['knowledge:read'] }))),
      code: 'INSUFFICIENT_SCOPE',
    }),
  ],
  [
    'an API key that is tied to another address',
    async (owner) => ({
      ...(await withNewKey(owner, (key, on) => on.patch(key, { allowed_ips: ['192.0.2.1'] }))),
      code: 'FORBIDDEN',
    }),
  ],
  [
    'an API key whose organization is suspended',
    (owner) => withNewKey(owner, (_key, on) => suspend(owner.organizationId, on)),
  ],
  [
    'an API key whose organization is closed',
    (owner) => withNewKey(owner, (_key, on) => close(owner, 'To be closed', on)),
  ],
  [
    'a session that is logged out',
    ({ accessToken: token }) => ({ token, revoke: (on) => on.as(token).post('/auth/logout') }),
  ],
  [
    'a session that is ended from another one',
    async ({ accessToken: token, session, email }) => {
      const { body } = await session.get<{ data: { id: string }[] }>('/auth/sessions');
      const { body: other } = await session.post<{ access_token: string }>('/auth/login', {
        email,
        password: PASSWORD,
      });
      return { token, revoke: (on) => on.as(other.access_token).delete(`/auth/sessions/${body.data[0]?.id}`) };
    },
  ],
  [
    'the session of a member who is removed',
    async (owner) => {
      const { token, path } = await member(owner);
      return { token, revoke: (on) => on.as(owner.accessToken).delete(path) };
    },
  ],
  [
    'the session of a member who leaves',
    async (owner) => {
      const { token } = await member(owner);
      return { token, revoke: (on) => on.as(token).post('/api/v1/organizations/me/leave') };
    },
  ],
  [
    'the session of an admin who becomes a member',
    async (owner) => {
      const { token, path } = await member(owner, 'admin');
      return {
        token,
        revoke: (on) => on.as(owner.accessToken).patch(path, { role: 'member' }),
        path: '/api/v1/organizations/me/invitations',
        code: 'FORBIDDEN',
      };
    },
  ],
  [
    'the session of a person who is deactivated',
    ({ accessToken: token, userId }) => ({
      token,
      revoke: async (on) => (await operator(on)).patch(`/api/v1/admin/users/${userId}`, { is_active: false }),
    }),
  ],
  [
    'a session in an organization that is suspended',
    ({ accessToken: token, organizationId }) => ({ token, revoke: (on) => suspend(organizationId, on) }),
  ],
  [
    'a session in an organization that is closed',
    async (owner) => ({ token: (await member(owner)).token, revoke: (on) => close(owner, 'To be closed', on) }),
  ],
];

const owner = (): Promise<Account> => register(here.client, { organization_name: 'To be closed' });

describe.each(REVOCATIONS)('%s', (_name, prepare) => {
  it('is refused immediately by the process that changed it, and by the other within a moment', async () => {
    const { token, revoke, path = CONVERSATIONS, code = 'TOKEN_REVOKED' } = await prepare(await owner());
    const call = async (on: ServerProcess): Promise<number | string> => {
      const { status, body } = await on.client.as(token).get(path);
      return status === 200 ? status : body.code;
    };
    // Both have it in their caches now.
    expect(await Promise.all([here, there, there].map(call))).toEqual([200, 200, 200]);
    expect([200, 204]).toContain((await revoke(here.client)).status);
    if (code !== 'TOKEN_EXPIRED') expect(await call(here)).toBe(code);
    await eventually(async () => expect(await call(there)).toBe(code), TOLD_WITHIN_MS);
  });
});

describe.each(REVOCATIONS)('an open stream of %s', (_name, prepare) => {
  it('ends on the other process with a typed event, and its model call is stopped', async () => {
    const { token, revoke, path, code = 'TOKEN_REVOKED' } = await prepare(await owner());
    const tap = new Tap();
    model.script = { pieces: tap };
    const reader = await openStream(there.client.as(token), { message: 'Are you still there?' });
    tap.push('Yes, ');
    expect(await reader.next()).toMatchObject({ event: 'message', id: '5' });
    expect([200, 204]).toContain((await revoke(here.client)).status);
    if (path) {
      // It lost a right that the stream does not need.
      tap.end();
      expect(await reader.rest()).toMatchObject([{ event: 'done' }]);
      return;
    }
    expect(await reader.rest()).toMatchObject([
      { event: 'error', id: '5', data: { code, instance: '/api/v1/chat/stream' } },
    ]);
    await model.lastRequest.closed;
    expect(model.lastRequest.aborted).toBe(true);
    await eventually(async () =>
      expect(
        await database.query(`SELECT content FROM messages WHERE role = 'assistant' ORDER BY id DESC LIMIT 1`),
      ).toEqual([{ content: 'Yes, ' }]),
    );
  });
});
