import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { startModelServer, type ModelServer } from '../harness/model-server.mjs';
import { expectProblem } from '../harness/expectations.js';

const MB = 1_000_000;
const KNOWLEDGE = '/api/v1/knowledge';
const CONVERSATIONS = '/api/v1/conversations';

let app: TestApp;
let model: ModelServer;
beforeAll(async () => {
  model = await startModelServer();
  model.script = { pieces: ['An', ' answer.'] };
  app = await startApp({ MODEL_BASE_URL: model.url, MODEL_DEFAULT: 'stand-in', ANSWER_CACHE_SECONDS: '0' });
  // Plans are data: this one is so small that a test can exhaust it.
  await app.database.query(`UPDATE plans SET storage_mb = 1 WHERE code = 'basic'`);
  await app.database.query(`UPDATE plans SET storage_mb = 5000 WHERE code = 'pro'`);
});
afterAll(async () => {
  await app.close();
  await model.close();
});

async function on(plan: string): Promise<Account> {
  const account = await register(app.client);
  await app.database.query('UPDATE organizations SET plan = $2 WHERE id = $1 OR parent_id = $1', [
    account.organizationId,
    plan,
  ]);
  return account;
}

async function storageOf(
  client: TestClient,
): Promise<{ limit: number | null; used: number; remaining: number | null }> {
  const { body } = await client.get<{ data: { quota: string; limit: number; used: number; remaining: number }[] }>(
    '/api/v1/quotas',
  );
  return body.data.find(({ quota }) => quota === 'storage_bytes') as Awaited<ReturnType<typeof storageOf>>;
}

/** The storage of an organization and its sandbox, recalculated from the tables. */
async function weighed(organizationId: string): Promise<number> {
  const [row] = await app.database.query<{ bytes: number }>(
    `SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM (
       SELECT organization_id, octet_length(title || metadata::text) + coalesce(octet_length(source), 0) AS bytes FROM knowledge
       UNION ALL SELECT organization_id, octet_length(content) FROM document_versions
       UNION ALL SELECT organization_id, coalesce(octet_length(title), 0) + octet_length(metadata::text) FROM conversations
       UNION ALL SELECT organization_id, octet_length(content) + coalesce(octet_length(answer::text), 0) FROM messages
     ) AS stored JOIN organizations o ON o.id = organization_id WHERE $1 IN (o.id, o.parent_id)`,
    [organizationId],
  );
  return row?.bytes ?? 0;
}

const upload = (client: TestClient, bytes: number): Promise<Answer<{ id: string }>> =>
  client.post(KNOWLEDGE, {
    title: 'Large',
    content: `${'lorem ipsum '.repeat(Math.ceil(bytes / 12))}`.slice(0, bytes - 5),
  });

const converse = async (client: TestClient): Promise<string> =>
  (await client.post<{ id: string }>(CONVERSATIONS, {})).body.id;

describe('GET /api/v1/quotas', () => {
  it('shows the stored bytes, which never reset', async () => {
    const { session } = await on('basic');
    const { body } = await session.get<{ data: object[] }>('/api/v1/quotas');
    expect(body.data.at(-1)).toEqual({
      quota: 'storage_bytes',
      limit: MB,
      used: 0,
      reserved: 0,
      remaining: MB,
      resets_at: null,
    });
    await upload(session, 1_000);
    const { used, remaining } = await storageOf(session);
    expect(used).toBeGreaterThanOrEqual(1_000);
    expect(used).toBeLessThan(1_100);
    expect(remaining).toBe(MB - used);
  });

  it('shows the storage without a limit, too', async () => {
    const { session } = await on('enterprise');
    await upload(session, 1_000);
    expect(await storageOf(session)).toMatchObject({ limit: null, used: expect.any(Number), remaining: null });
  });
});

describe('the measured storage', () => {
  it('equals the content of the tables after any operation', async () => {
    const [{ session, organizationId }, stranger] = await Promise.all([on('pro'), on('pro')]);
    const sandbox = await withKey(session, ['knowledge:write', 'conversations:write', 'analytics:read'], 'test');
    const check = async (): Promise<number> => {
      const { used } = await storageOf(session);
      expect(used).toBe(await weighed(organizationId));
      expect(await storageOf(sandbox)).toMatchObject({ used });
      return used;
    };
    expect(await check()).toBe(0);
    for (const client of [session, sandbox]) {
      const before = await check();
      const { body: entry } = await client.post<{ id: string }>(KNOWLEDGE, {
        title: 'Ü',
        content: 'Grüße 👋 from the stand-in.',
        source: 'https://example.com',
        metadata: { order: '4711' },
      });
      const first = await check();
      expect(first).toBeGreaterThan(before);
      // Older versions are kept, so they count.
      await client.patch(`${KNOWLEDGE}/${entry.id}`, { content: 'A much longer text than before, to be counted.' });
      expect(await check()).toBeGreaterThan(first + 40);
      await client.patch(`${KNOWLEDGE}/${entry.id}`, { metadata: {}, source: null });
      const id = await converse(client);
      await client.patch(`${CONVERSATIONS}/${id}`, { title: 'A title', metadata: { a: [1, 2, 3] }, status: 'closed' });
      await client.post(`${CONVERSATIONS}/${id}/messages`, { content: 'A note' });
      const asked = await check();
      expect((await client.post('/api/v1/chat', { message: 'A question', conversation_id: id })).status).toBe(200);
      expect(await check()).toBeGreaterThan(asked);
      await client.delete(`${CONVERSATIONS}/${id}`);
      await client.delete(`${KNOWLEDGE}/${entry.id}`);
      expect(await check()).toBe(before);
    }
    expect(await storageOf(stranger.session)).toMatchObject({ used: 0 });
  });

  it('is unchanged when many changes are summed up', async () => {
    const { session, organizationId } = await on('pro');
    const id = await converse(session);
    for (let count = 0; count < 130; count += 1) {
      await session.post(`${CONVERSATIONS}/${id}/messages`, { content: `Note ${count}` });
    }
    const [rows] = await app.database.query<{ count: number }>(
      'SELECT count(*)::int FROM storage_changes WHERE organization_id = $1',
      [organizationId],
    );
    expect(rows?.count).toBeLessThan(110);
    expect((await storageOf(session)).used).toBe(await weighed(organizationId));
  });

  it('is deleted with its organization', async () => {
    const { session, organizationId } = await on('pro');
    await upload(session, 1_000);
    await session.post(`${CONVERSATIONS}/${await converse(session)}/messages`, { content: 'A note' });
    await app.database.query('DELETE FROM organizations WHERE id = $1', [organizationId]);
    expect(
      await app.database.query('SELECT FROM storage_changes WHERE organization_id = $1', [organizationId]),
    ).toEqual([]);
  });
});

describe('a full storage', () => {
  let account: Account;
  let entryId: string;
  let conversationId: string;
  beforeAll(async () => {
    account = await on('basic');
    const { session } = account;
    conversationId = await converse(session);
    await session.patch(`${CONVERSATIONS}/${conversationId}`, { metadata: { note: 'x'.repeat(500) } });
    entryId = (await upload(session, MB - 700)).body.id;
    expect((await storageOf(session)).used).toBeGreaterThan(MB - 300);
  });

  const text = 'z'.repeat(400);
  it.each<[string, (client: TestClient) => Promise<Answer<unknown>>]>([
    ['an entry', (client) => client.post(KNOWLEDGE, { title: 'More', content: text })],
    ['a version of an entry', (client) => client.patch(`${KNOWLEDGE}/${entryId}`, { content: text })],
    ['metadata of an entry', (client) => client.patch(`${KNOWLEDGE}/${entryId}`, { metadata: { text } })],
    ['a conversation', (client) => client.post(CONVERSATIONS, { metadata: { text } })],
    ['metadata', (client) => client.patch(`${CONVERSATIONS}/${conversationId}`, { metadata: { text, more: text } })],
    ['a note', (client) => client.post(`${CONVERSATIONS}/${conversationId}/messages`, { content: text })],
    [
      'a question',
      (client) => client.post(`${CONVERSATIONS}/${conversationId}/messages`, { content: text, reply: true }),
    ],
    ['a chat', (client) => client.post('/api/v1/chat', { message: text })],
    ['a streamed chat', (client) => client.post('/api/v1/chat/stream', { message: text })],
  ])('refuses %s with 429, says what to do, and neither stores anything nor calls the model', async (_name, call) => {
    const { session, organizationId } = account;
    const before = await weighed(organizationId);
    const asked = model.requests.length;
    const answer = await call(session);
    const problem = expectProblem(answer, 'QUOTA_EXCEEDED');
    expect(problem).toMatchObject({ quota_limit: MB, quota_used: before });
    expect(problem).not.toHaveProperty('quota_reset');
    expect(problem.detail).toMatch(/up to 1 MB.*Delete.*upgrade.*The plan pro allows 5000 MB\./);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await weighed(organizationId)).toBe(before);
    expect((await storageOf(session)).used).toBe(before);
    expect(model.requests).toHaveLength(asked);
  });

  it('is full for the sandbox, too', async () => {
    const sandbox = await withKey(account.session, ['knowledge:write', 'conversations:write'], 'test');
    expectProblem(await sandbox.post(KNOWLEDGE, { title: 'More', content: text }), 'QUOTA_EXCEEDED');
    expectProblem(await sandbox.post('/api/v1/chat', { message: text }), 'QUOTA_EXCEEDED');
  });

  it('can be read, reduced and emptied, and then accepts more', async () => {
    const { session } = account;
    expect((await session.get(`${KNOWLEDGE}/${entryId}`)).status).toBe(200);
    // Over the limit, for example because the plan was lowered.
    await app.database.query(
      `UPDATE conversations SET metadata = jsonb_build_object('note', repeat('x', 5000)) WHERE id = $1`,
      [conversationId],
    );
    expect((await storageOf(session)).remaining).toBe(0);
    const closed = await session.patch(`${CONVERSATIONS}/${conversationId}`, { status: 'closed' });
    expect(closed.status).toBe(200);
    const smaller = { metadata: { note: 'x'.repeat(4_900) } };
    expect((await session.patch(`${CONVERSATIONS}/${conversationId}`, smaller)).status).toBe(200);
    expect((await session.delete(`${KNOWLEDGE}/${entryId}`)).status).toBe(204);
    expect((await session.post(KNOWLEDGE, { title: 'More', content: text })).status).toBe(201);
    expect((await session.post('/api/v1/chat', { message: text })).status).toBe(200);
  });
});

describe('concurrent uploads', () => {
  it('succeed as far as there is room for them, from live and sandbox together', async () => {
    const { session, organizationId } = await on('basic');
    const sandbox = await withKey(session, ['knowledge:write'], 'test');
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => upload(index % 2 ? sandbox : session, 300_000)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 429, 429, 429, 429, 429]);
    expect((await storageOf(session)).used).toBe(await weighed(organizationId));
  });
});
