import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';
import { openStream } from '../harness/stand-in.js';
import { expectProblem } from '../harness/expectations.js';

interface Quota {
  quota: string;
  limit: number | null;
  used: number;
  reserved: number;
  remaining: number | null;
  resets_at: string;
}

/** A question, and the usage that the stand-in reports for it. */
const QUESTION = { message: 'Is there an answer?' };
const TOKENS_A_MESSAGE = 18;

let app: TestApp;
let model: ModelServer;
beforeAll(async () => {
  model = await startModelServer();
  app = await startApp(
    { MODEL_BASE_URL: model.url, MODEL_DEFAULT: 'stand-in', ANSWER_CACHE_SECONDS: '0', STREAM_RESUME_SECONDS: '0' },
    true,
  );
  // Plans are data: these two are so small that a test can exhaust them.
  await app.database.query(
    `UPDATE plans SET messages_per_month = 5, requests_per_minute = NULL, requests_per_day = NULL WHERE code = 'basic'`,
  );
  await app.database.query(
    `UPDATE plans SET tokens_per_month = 2000, requests_per_minute = NULL, requests_per_day = NULL WHERE code = 'pro'`,
  );
});
afterAll(async () => {
  await app.close();
  await model.close();
});
beforeEach(() => {
  model.script = { pieces: ['An', ' answer.'] };
});

async function on(plan: string): Promise<Account> {
  const account = await register(app.client);
  await app.database.query('UPDATE organizations SET plan = $2 WHERE id = $1', [account.organizationId, plan]);
  return account;
}

const chat = (client: TestClient, overrides: object = {}): Promise<Answer<{ id: string; tokens: object }>> =>
  client.post('/api/v1/chat', { ...QUESTION, ...overrides });

async function quotasOf(client: TestClient): Promise<Record<string, Quota>> {
  const { status, body } = await client.get<{ data: Quota[] }>('/api/v1/quotas');
  expect(status).toBe(200);
  return Object.fromEntries(body.data.map((quota) => [quota.quota, quota]));
}
const used = async (client: TestClient): Promise<object> => {
  const { messages, tokens } = await quotasOf(client);
  expect([messages?.reserved, tokens?.reserved]).toEqual([0, 0]);
  return { messages: messages?.used, tokens: tokens?.used };
};

describe('GET /api/v1/quotas', () => {
  describe('200', () => {
    it('shows a new organization', async () => {
      const { session } = await on('free');
      const now = new Date();
      const resetsAt = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString();
      const untouched = { used: 0, reserved: 0, resets_at: resetsAt };
      expect((await session.get('/api/v1/quotas')).body).toEqual({
        plan: 'free',
        month: now.toISOString().slice(0, 7),
        data: [
          { quota: 'tokens', limit: 50_000, remaining: 50_000, ...untouched },
          { quota: 'messages', limit: 1_000, remaining: 1_000, ...untouched },
          { quota: 'tasks', limit: 10, remaining: 10, ...untouched },
          { quota: 'storage_bytes', limit: 100_000_000, remaining: 100_000_000, ...untouched, resets_at: null },
        ],
      });
    });

    it('counts without a limit, too', async () => {
      const { session } = await on('enterprise');
      await chat(session);
      const { messages, tokens } = await quotasOf(session);
      expect(messages).toMatchObject({ limit: null, used: 1, remaining: null });
      expect(tokens).toMatchObject({ limit: null, used: TOKENS_A_MESSAGE, remaining: null });
    });

    it('shows the reservation while an answer is in progress, and the real usage after it', async () => {
      const { session } = await on('free');
      const tap = new Tap();
      model.script = { pieces: tap };
      const stream = await openStream(session, { ...QUESTION, max_tokens: 700 });
      tap.push('Here');
      await stream.next();
      const { messages, tokens } = await quotasOf(session);
      expect(messages).toMatchObject({ used: 0, reserved: 1, remaining: 999 });
      expect(tokens?.reserved).toBeGreaterThan(700);
      expect(tokens?.remaining).toBe(50_000 - (tokens?.reserved ?? 0));
      tap.end();
      await stream.rest();
      expect(await used(session)).toEqual({ messages: 1, tokens: TOKENS_A_MESSAGE });
    });
  });

  describe('403', () => {
    it('requires analytics:read', async () => {
      const { session } = await on('free');
      const reader = await withKey(session, ['analytics:read']);
      expect((await reader.get('/api/v1/quotas')).status).toBe(200);
      const other = await withKey(session, ['conversations:read']);
      expectProblem(await other.get('/api/v1/quotas'), 'INSUFFICIENT_SCOPE');
    });
  });
});

describe('usage', () => {
  it('includes every answer of the model, whole or streamed, with the tokens that it reports', async () => {
    const { session } = await on('free');
    const answer = await chat(session);
    expect(answer.body.tokens).toMatchObject({ total: TOKENS_A_MESSAGE });
    await (await openStream(session, QUESTION)).rest();
    expect(await used(session)).toEqual({ messages: 2, tokens: 2 * TOKENS_A_MESSAGE });
  });

  it('includes an answer in the sandbox, and nothing of another organization', async () => {
    const [{ session }, stranger] = await Promise.all([on('free'), on('free')]);
    const sandbox = await withKey(session, ['conversations:write', 'analytics:read'], 'test');
    expect((await chat(sandbox)).status).toBe(200);
    await (await openStream(sandbox, QUESTION)).rest();
    const both = { messages: 2, tokens: 2 * TOKENS_A_MESSAGE };
    expect(await used(session)).toEqual(both);
    expect(await used(sandbox)).toEqual(both);
    expect(await used(stranger.session)).toEqual({ messages: 0, tokens: 0 });
  });

  it('excludes a message without an answer', async () => {
    const { session } = await on('free');
    const { body } = await session.post<{ id: string }>('/api/v1/conversations', { title: 'Notes' });
    await session.post(`/api/v1/conversations/${body.id}/messages`, { content: 'A note' });
    expect(await used(session)).toEqual({ messages: 0, tokens: 0 });
    await session.post(`/api/v1/conversations/${body.id}/messages`, { content: 'A question', reply: true });
    expect(await used(session)).toMatchObject({ messages: 1 });
  });

  it('excludes a failed answer', async () => {
    const { session } = await on('free');
    model.script = { status: 500 };
    expectProblem(await chat(session), 'UPSTREAM_ERROR');
    expect(await (await openStream(session, QUESTION)).rest()).toMatchObject([{ event: 'error' }]);
    expect(await used(session)).toEqual({ messages: 0, tokens: 0 });
  });

  it('includes the part of a stream that was generated before its reader disconnected', async () => {
    const { session } = await on('free');
    const tap = new Tap();
    model.script = { pieces: tap };
    const leaving = new AbortController();
    const stream = await openStream(session, QUESTION, leaving.signal);
    tap.push('A part of an answer that never ends');
    await stream.next();
    leaving.abort();
    await eventually(async () => expect(await used(session)).toMatchObject({ messages: 1 }));
    const { tokens } = await quotasOf(session);
    const [row] = await app.database.query<{ tokens: { total: number; completion: number } }>(
      `SELECT answer->'tokens' AS tokens FROM messages WHERE role = 'assistant' ORDER BY id DESC LIMIT 1`,
    );
    expect(row?.tokens.completion).toBe(9);
    expect(tokens?.used).toBe(row?.tokens.total);
  });

  it('includes requests with one idempotency key once', async () => {
    const { session } = await on('free');
    const headers = { 'idempotency-key': randomUUID() };
    const ask = () => session.post('/api/v1/chat', QUESTION, { headers });
    model.script = { status: 500 };
    expectProblem(await ask(), 'UPSTREAM_ERROR');
    model.script = { pieces: ['Now'] };
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    expect(await used(session)).toEqual({ messages: 1, tokens: TOKENS_A_MESSAGE });
  });
});

describe('an exhausted quota', () => {
  it('refuses the next message with 429, reports the reset and the plans with more, and stores nothing', async () => {
    const { session, organizationId } = await on('basic');
    const { body } = await session.post<{ id: string }>('/api/v1/conversations', { title: 'Long' });
    for (let i = 0; i < 5; i += 1) expect((await chat(session, { conversation_id: body.id })).status).toBe(200);
    const { messages } = await quotasOf(session);
    expect(messages).toMatchObject({ limit: 5, used: 5, remaining: 0 });
    const answer = await chat(session, { conversation_id: body.id });
    const problem = expectProblem(answer, 'QUOTA_EXCEEDED');
    expect(problem).toMatchObject({ quota_limit: 5, quota_used: 5, quota_reset: messages?.resets_at });
    expect(problem.detail).toContain('The plan pro allows 50000.');
    const seconds = (Date.parse(messages?.resets_at as string) - Date.now()) / 1000;
    expect(Math.abs(Number(answer.headers.get('retry-after')) - seconds)).toBeLessThan(60);
    const streamed = await session.post('/api/v1/chat/stream', QUESTION);
    expectProblem(streamed, 'QUOTA_EXCEEDED');
    const sandbox = await withKey(session, ['conversations:write'], 'test');
    expectProblem(await chat(sandbox), 'QUOTA_EXCEEDED');
    const [stored] = await app.database.query(`SELECT count(*)::int FROM messages WHERE organization_id = $1`, [
      organizationId,
    ]);
    expect(stored).toEqual({ count: 10 });
    expect(await used(session)).toMatchObject({ messages: 5 });
  });

  it('refuses requests that may need more tokens than are left, and accepts smaller ones', async () => {
    const { session } = await on('pro');
    model.script = { pieces: ['Much'], usage: { prompt: 900, completion: 600 } };
    expect((await chat(session)).status).toBe(200);
    const problem = expectProblem(await chat(session), 'QUOTA_EXCEEDED');
    expect(problem).toMatchObject({ quota_limit: 2000, quota_used: 1500 });
    expect(problem.detail).toContain('500 are left');
    expect((await chat(session, { max_tokens: 100 })).status).toBe(200);
  });

  it('says to retry soon if only work in progress holds the rest', async () => {
    const { session } = await on('pro');
    const tap = new Tap();
    model.script = { pieces: tap };
    const stream = await openStream(session, { ...QUESTION, max_tokens: 1_500 });
    const answer = await chat(session);
    expectProblem(answer, 'QUOTA_EXCEEDED');
    expect(answer.headers.get('retry-after')).toBe('5');
    tap.push('Done');
    tap.end();
    await stream.rest();
    model.script = { pieces: ['Now'] };
    expect((await chat(session)).status).toBe(200);
  });
});

describe('quota.threshold_reached', () => {
  it('is recorded once at 80 and once at 100 percent, with notifications', async () => {
    const { session, organizationId } = await on('basic');
    const told = async (): Promise<number[]> => {
      const rows = await app.database.query<{ payload: { percent: number } }>(
        `SELECT payload FROM events WHERE type = 'quota.threshold_reached' AND organization_id = $1 ORDER BY id`,
        [organizationId],
      );
      return rows.map(({ payload }) => payload.percent);
    };
    const after: number[][] = [];
    for (let i = 0; i < 5; i += 1) {
      await chat(session);
      after.push(await told());
    }
    await chat(session);
    after.push(await told());
    expect(after).toEqual([[], [], [], [80], [80, 100], [80, 100]]);
    const [{ payload }] = (await app.database.query<{ payload: object }>(
      `SELECT payload FROM events WHERE type = 'quota.threshold_reached' AND organization_id = $1 ORDER BY id`,
      [organizationId],
    )) as [{ payload: object }];
    expect(payload).toMatchObject({ quota: 'messages', percent: 80, limit: 5, used: 4 });
    await eventually(async () => {
      const { body } = await session.get<{ data: { title: string }[] }>('/api/v1/notifications');
      expect(body.data.map(({ title }) => title).sort()).toEqual(['80% of a quota is used', 'Quota used up']);
    });
  });

  it('is recorded for the organization above a sandbox', async () => {
    const { session, organizationId } = await on('basic');
    const sandbox = await withKey(session, ['conversations:write'], 'test');
    for (let i = 0; i < 4; i += 1) expect((await chat(sandbox)).status).toBe(200);
    const rows = await app.database.query(
      `SELECT FROM events WHERE type = 'quota.threshold_reached' AND organization_id = $1`,
      [organizationId],
    );
    expect(rows).toHaveLength(1);
  });
});
