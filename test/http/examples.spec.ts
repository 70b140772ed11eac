import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Callers } from '../harness/callers.js';
import type { TestClient } from '../harness/client.js';
import { latestContract, pointer } from '../harness/contract.js';
import { confirmAddress, register } from '../harness/fixtures.js';
import { tokenIn } from '../harness/mail-server.js';
import { type MailedApp, startMailedApp } from '../harness/mailed-app.js';
import { MAKERS } from '../harness/makers.js';
import { examplesOf, openapi, operations, type Operation } from '../harness/operations.js';

interface Scene {
  session: TestClient;
  email: string;
  userId: string;
  organizationId: string;
  refreshToken: string;
}

interface Prepared {
  /** The values for ids in the examples. */
  ids?: Record<string, string>;
  /** The values for secrets and ids in bodies. */
  body?: object;
  caller?: TestClient;
}

let app: MailedApp;
let callers: Callers;
beforeAll(async () => {
  app = await startMailedApp({ LOG_LEVEL: 'silent' });
  callers = new Callers(app);
  // The person of the examples, who signs in and forgets her password.
  await register(app.client, { email: 'ada@example.com' });
});
afterAll(() => app.close());

/** What must exist before an example can succeed, besides the resources in its path. */
const PREPARATIONS: Record<string, (scene: Scene) => Promise<Prepared>> = {
  'accounts.register': async () => {
    await app.database.query(`UPDATE users SET email = 'not-ada@example.com' WHERE email = 'ada@example.com'`);
    return {};
  },
  'adminOrganizations.get': async ({ organizationId }) => ({ ids: { id: organizationId } }),
  'adminOrganizations.update': async ({ organizationId }) => ({ ids: { id: organizationId } }),
  'adminUsers.get': async ({ userId }) => ({ ids: { id: userId } }),
  'adminUsers.update': async ({ userId }) => ({ ids: { id: userId } }),
  'emailAddresses.resend': async () => ({ caller: (await register(app.client)).session }),
  'emailAddresses.verify': async ({ email }) => ({
    body: { token: tokenIn(await app.mailServer.waitFor(email, /confirm/i)) },
  }),
  'invitations.accept': async ({ session }) => {
    const guest = await register(app.client);
    await session.post('/api/v1/organizations/me/invitations', { email: guest.email });
    return { caller: guest.session, body: { token: tokenIn(await app.mailServer.waitFor(guest.email, /join/i)) } };
  },
  'invitations.inspect': async ({ session }) => {
    await session.post('/api/v1/organizations/me/invitations', { email: 'grace@example.com' });
    return { body: { token: tokenIn(await app.mailServer.waitFor('grace@example.com', /join/i)) } };
  },
  'analysis.submit': async ({ session }) => {
    await session.post('/api/v1/data-sources', { name: 'sales_database', format: 'csv' });
    return {};
  },
  'members.leave': async ({ organizationId }) => ({ caller: (await member(organizationId)).client }),
  'members.remove': async ({ organizationId }) => ({ ids: { id: (await member(organizationId)).userId } }),
  'members.update': async ({ organizationId }) => ({ ids: { id: (await member(organizationId)).userId } }),
  'organizations.restore': async ({ organizationId }) => {
    const elsewhere = await callers.person();
    await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'owner')`, [
      organizationId,
      elsewhere.userId,
    ]);
    await app.database.query(
      `UPDATE organizations SET deleted_at = now(), purge_at = now() + interval '1 day' WHERE id = $1 OR parent_id = $1`,
      [organizationId],
    );
    return { ids: { id: organizationId }, caller: elsewhere.client };
  },
  'passwords.reset': async ({ email }) => {
    await app.client.post('/auth/forgot-password', { email });
    return { body: { token: tokenIn(await app.mailServer.waitFor(email, /set a new password/i)) } };
  },
  'sessions.refresh': async ({ refreshToken }) => ({ body: { refresh_token: refreshToken } }),
  'sessions.switchOrganization': async ({ organizationId }) => ({ body: { organization_id: organizationId } }),
};

const member = (organizationId: string) => callers.person({ organizationId, role: 'member' });

/** An owner as in the examples, apart from the address. */
async function newScene(): Promise<Scene> {
  const account = await register(app.client, { name: 'Ada Lovelace', organization_name: 'Analytical Engines' });
  await confirmAddress(app.database, account);
  await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [account.userId]);
  await app.database.query(`UPDATE organizations SET plan = 'enterprise' WHERE id = $1 OR parent_id = $1`, [
    account.organizationId,
  ]);
  return account;
}

async function idsFor(operation: Operation, { session }: Scene): Promise<Record<string, string>> {
  const { pathParameters, path } = operation;
  const examples = examplesOf(operation, 'path');
  const make = MAKERS[path];
  if (pathParameters.length === 0 || !make) return examples;
  return { ...examples, ...(await make(session, session)) };
}

const all = operations().map((operation) => [operation.id, operation] as const);

describe('the example of each operation', () => {
  it.each(all)('%s succeeds when sent', async (id, operation) => {
    const scene = await newScene();
    const { body, ids, caller }: Prepared = (await PREPARATIONS[id]?.(scene)) ?? {};
    const values = ids ?? (await idsFor(operation, scene));
    const path = operation.path.replace(/\{(\w+)\}/g, (_match, name: string) => values[name] as string);
    const query = new URLSearchParams(examplesOf(operation, 'query')).toString();
    const sender = caller ?? (operation.isPublic ? app.client : scene.session);
    // The client validates the response against the document.
    const answer = await sender.call(operation.method, query ? `${path}?${query}` : path, {
      body: operation.file ?? (operation.example && { ...operation.example, ...body }),
    });
    expect({ status: answer.status, body: answer.body }).toEqual({ status: operation.success, body: answer.body });
  });
});

describe('examples', () => {
  const media = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody, responses }]) => [
      ...mediaIn(requestBody, ['paths', path, method, 'requestBody']),
      ...Object.entries(responses).flatMap(([status, response]) =>
        mediaIn(response as Described, ['paths', path, method, 'responses', status]),
      ),
    ]),
  );
  const shared = Object.entries(openapi.components.responses).flatMap(([name, response]) =>
    mediaIn(response as unknown as Described, ['components', 'responses', name]),
  );

  it.each([...media, ...shared])('match their schema: %s', (_name, keys, examples) => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) latestContract.expectValid(pointer(...keys, 'schema'), example, keys.join(' '));
  });
});

interface Described {
  content?: Record<string, { example?: unknown; examples?: Record<string, { value: unknown }> }>;
}

function mediaIn(described: Described | undefined, place: string[]): [string, string[], unknown[]][] {
  return Object.entries(described?.content ?? {})
    .filter(([type]) => type !== 'text/event-stream')
    .map(([type, { example, examples = {} }]) => {
      const values = Object.values(examples).map(({ value }) => value);
      return [place.slice(1).join(' '), [...place, 'content', type], example === undefined ? values : [example]];
    });
}
