import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { TestClient } from './client.js';
import { eventually } from './eventually.js';
import { APPROVALS, makeAppApproval } from './app-approvals.js';
import { makeApplication, obtainTokens } from './oauth.js';
import { PASSWORD } from './planted.mjs';

/** Is in everything that the observed organization creates. */
export const MARK = 'hippogriff';

export type Ids = Record<string, string>;

/**
 * How to create the resource of a path, as that caller. A path without an entry fails the test, so that isolation is tested
 * for each.
 */
export const MAKERS: Record<string, (client: TestClient, session: TestClient) => Promise<Ids>> = {
  '/api/v1/api-keys/{id}': (client) => makeApiKey(client),
  '/api/v1/api-keys/{id}/rotate': (client) => makeApiKey(client),
  '/api/v1/api-keys/{id}/usage': (client) => makeApiKey(client),
  '/api/v1/app-approvals/{id}': (_client, session) => pendingApproval(session),
  '/api/v1/app-approvals/{id}/approve': (_client, session) => pendingApproval(session),
  '/api/v1/app-approvals/{id}/deny': (_client, session) => pendingApproval(session),
  '/api/v1/authorizations/{id}': (_client, session) => makeAuthorization(session),
  '/api/v1/oauth-applications/registration-tokens/{id}': async (_client, session) =>
    idOf(await session.post('/api/v1/oauth-applications/registration-tokens', {})),
  '/api/v1/oauth-applications/{id}': (_client, session) => makeOAuthApplication(session),
  '/api/v1/oauth-applications/{id}/rotate-secret': (_client, session) => makeOAuthApplication(session),
  '/auth/sessions/{id}': async (_client, session) => {
    const { body } = await session.get<{ data: { id: string }[] }>('/auth/sessions');
    return { id: body.data[0]?.id as string };
  },
  '/api/v1/organizations/{id}': (_client, session) => currentOrganization(session),
  '/api/v1/organizations/{id}/restore': (_client, session) => currentOrganization(session),
  '/api/v1/organizations/me/members/{id}': (_client, session) => firstOf(session, '/api/v1/organizations/me/members'),
  '/api/v1/organizations/me/invitations/{id}': (_client, session) => makeInvitation(session),
  '/api/v1/organizations/me/invitations/{id}/resend': (_client, session) => makeInvitation(session),
  '/api/v1/audit-log/{id}': (client) => firstOf(client, '/api/v1/audit-log'),
  '/api/v1/request-logs/{id}': async (client) => {
    let ids: Ids = {};
    await eventually(async () => {
      ids = await firstOf(client, '/api/v1/request-logs');
      expect(ids).toEqual({ id: expect.any(String) });
    });
    return ids;
  },
  '/api/v1/knowledge/{id}': async (client) =>
    idOf(await client.post('/api/v1/knowledge', { title: MARK, content: `The ${MARK} is a secret.` })),
  '/api/v1/data-sources/{id}': (client) => makeDataSource(client),
  '/api/v1/data-sources/{id}/content': (client) => makeDataSource(client),
  '/api/v1/data-sources/{id}/refresh': async (client) =>
    idOf(
      await client.post('/api/v1/data-sources', {
        name: `${MARK} ${randomUUID()}`,
        format: 'postgresql',
        connection: NO_DATABASE,
      }),
    ),
  '/api/v1/conversations/{id}': (client) => makeConversation(client),
  '/api/v1/conversations/{id}/messages': (client) => makeConversation(client),
  '/api/v1/conversations/{id}/messages/{messageId}': async (client) => {
    const { id } = (await makeConversation(client)) as { id: string };
    const message = idOf(await client.post(`/api/v1/conversations/${id}/messages`, { content: MARK }));
    return { id, messageId: message['id'] as string };
  },
  '/api/v1/chat/streams/{id}': async (client) => {
    const answer = await client.post<string>('/api/v1/chat/stream', { message: `What is a ${MARK}?` });
    return { id: answer.headers.get('content-location')?.split('/').at(-1) as string };
  },
  '/api/v1/tasks/{id}': (client) => makeTask(client),
  '/api/v1/tasks/{id}/cancel': (client) => makeTask(client),
  '/api/v1/tasks/{id}/events': (client) => makeTask(client, 30),
  '/api/v1/tasks/{id}/files/{name}': async (client) => {
    await client.post('/api/v1/knowledge', { title: MARK, content: `The ${MARK} is a secret.` });
    const input = { topic: MARK, formats: ['markdown'] };
    return { ...(await makeTask(client, 30, '/api/v1/papers/generate', input)), name: 'paper.md' };
  },
  '/api/v1/tasks/{id}/results': (client) => makeTask(client, 30),
  '/api/v1/tasks/{id}/retry': async (client) => {
    const { id } = (await makeTask(client)) as { id: string };
    await client.post(`/api/v1/tasks/${id}/cancel`);
    return { id };
  },
  '/api/v1/tasks/{id}/status': (client) => makeTask(client),
};

/** At a private address, which is not called. */
const NO_DATABASE = { host: '127.0.0.1', database: 'none', user: 'nobody', password: PASSWORD, table: 'none' };

async function makeDataSource(client: TestClient): Promise<Ids> {
  const ids = idOf(await client.post('/api/v1/data-sources', { name: `${MARK} ${randomUUID()}`, format: 'csv' }));
  const { status } = await client.put(`/api/v1/data-sources/${ids['id']}/content`, `name\n${MARK}\n`);
  expect(status).toBe(200);
  return ids;
}

/** Needs a plan with research, or with papers for one. */
async function makeTask(
  client: TestClient,
  waitSeconds = 0,
  path = '/api/v1/tasks/research',
  input: object = { topic: MARK },
): Promise<Ids> {
  const headers = { prefer: `wait=${waitSeconds}` };
  const { status, body } = await client.post<{ task_id: string }>(path, input, { headers });
  expect({ status, body }).toMatchObject({ status: 202 });
  return { id: body.task_id };
}

async function makeApiKey(client: TestClient): Promise<Ids> {
  const { body } = await client.get<{ data: { id: string; environment: string }[] }>('/api/v1/api-keys');
  // A caller that sees keys of both environments is a live one.
  const key = body.data.find(({ environment }) => environment === 'live') ?? body.data[0];
  if (key) return { id: key.id };
  return idOf(await client.post('/api/v1/api-keys', { name: MARK, environment: 'test', scopes: ['knowledge:read'] }));
}

async function makeOAuthApplication(session: TestClient): Promise<Ids> {
  const { id } = await makeApplication(session, { name: MARK });
  return { id };
}

async function pendingApproval(session: TestClient): Promise<Ids> {
  const { id } = await firstOf(session, `${APPROVALS}?status=pending`);
  return { id: id ?? (await makeAppApproval(session, MARK)).id };
}

/** Lets an app in, as the person of that session, whose password is that of the tests. */
async function makeAuthorization(session: TestClient): Promise<Ids> {
  const { email } = (await session.get<{ email: string }>('/auth/me')).body;
  const application = await makeApplication(session, { name: MARK });
  await obtainTokens(session, application, { email });
  return firstOf(session, '/api/v1/authorizations');
}

async function firstOf(client: TestClient, path: string): Promise<Ids> {
  const { body } = await client.get<{ data: { id: string }[] }>(path);
  return { id: body.data[0]?.id as string };
}

async function currentOrganization(session: TestClient): Promise<Ids> {
  return { id: (await session.get<{ id: string }>('/api/v1/organizations/me')).body.id };
}

async function makeInvitation(session: TestClient): Promise<Ids> {
  const path = '/api/v1/organizations/me/invitations';
  await session.post(path, { email: `${MARK}@example.com` });
  return firstOf(session, path);
}

export async function makeConversation(client: TestClient, title = MARK): Promise<Ids> {
  const ids = idOf(await client.post('/api/v1/conversations', { title }));
  await client.post(`/api/v1/conversations/${ids['id']}/messages`, { content: title });
  return ids;
}

function idOf({ status, body }: { status: number; body: unknown }): Ids {
  expect({ status, body }).toMatchObject({ status: 201 });
  return { id: (body as { id: string }).id };
}
