import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';
import { eventually, whileBusy } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';
import { ServerProcess } from '../harness/processes.js';
import { openStream } from '../harness/stand-in.js';

const WITHIN_MS = 60_000;
const MESSAGES = 50;

let database: TestDatabase;
let model: ModelServer;
let variables: Record<string, string | undefined>;
/** Two processes that serve the same organizations. */
let here: ServerProcess;
let there: ServerProcess;

beforeAll(async () => {
  [database, model] = await Promise.all([createDatabase(), startModelServer()]);
  await database.query('UPDATE plans SET messages_per_month = $1', [MESSAGES]);
  variables = testEnvironment({
    DATABASE_URL: database.url,
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
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

async function newProgram(): Promise<{ program: TestClient; organizationId: string }> {
  const { session, organizationId } = await register(here.client);
  return { program: await withKey(session, ['conversations:write', 'analytics:read']), organizationId };
}
const standing = (organizationId: string): Promise<object[]> =>
  database.query(
    `SELECT messages_used::int AS used, messages_reserved::int AS reserved, tokens_reserved::int AS tokens,
       (SELECT count(*)::int FROM quota_reservations r WHERE r.organization_id = m.organization_id) AS held
     FROM quota_months m WHERE organization_id = $1`,
    [organizationId],
  );

it(
  'answers exactly as many messages as the quota has, of 200 concurrent ones over two processes, and leaves nothing reserved',
  async () => {
    const { program, organizationId } = await newProgram();
    const asked = model.requests.length;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        whileBusy(() =>
          (i % 2 ? here : there).client.as(program.token).post('/api/v1/chat', { message: `Question ${i}` }),
        ),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(MESSAGES);
    expect(statuses.filter((status) => status === 429)).toHaveLength(200 - MESSAGES);
    expect(model.requests.length - asked).toBe(MESSAGES);
    expect(await standing(organizationId)).toEqual([{ used: MESSAGES, reserved: 0, tokens: 0, held: 0 }]);
    const told = await database.query(
      `SELECT payload->>'percent' AS percent FROM events WHERE type = 'quota.threshold_reached' AND organization_id = $1
       ORDER BY id`,
      [organizationId],
    );
    expect(told).toEqual([{ percent: '80' }, { percent: '100' }]);
  },
  WITHIN_MS,
);

describe.each([
  ['whole', '/api/v1/chat'],
  ['streamed', '/api/v1/chat/stream'],
])('a process that was paused in the middle of a %s answer until another one took the request over', (_kind, path) => {
  /** Both have called the model. Returns functions that end each call. */
  async function takeOver() {
    const { program, organizationId } = await newProgram();
    const [paused, other] = [new Tap(), new Tap()];
    const asked = model.requests.length;
    model.script = () => ({ pieces: model.requests.length === asked + 1 ? paused : other });
    const headers = { 'idempotency-key': randomUUID() };
    const ask = (server: ServerProcess) =>
      server.client.as(program.token).post<unknown>(path, { message: 'Who will answer this?' }, { headers });
    const first = ask(there);
    await eventually(() => expect(model.requests).toHaveLength(asked + 1));
    paused.push('As far as this,');
    await eventually(() => expect(model.lastRequest.piecesSent).toBe(1));
    await pauseAtRest(there);
    await database.query('UPDATE idempotency_records SET lease_until = now() WHERE organization_id = $1', [
      organizationId,
    ]);
    const second = ask(here);
    await eventually(() => expect(model.requests).toHaveLength(asked + 2));
    expect(await counted(organizationId)).toEqual({ messages: 0, tokens: 0, held: 1 });
    return {
      organizationId,
      resume: async () => {
        there.resume();
        paused.push(' and no further.');
        paused.end();
        expect(JSON.stringify((await first).body)).toContain('IDEMPOTENCY_IN_PROGRESS');
      },
      end: async () => {
        other.push('All of it.');
        other.end();
        const { status, body } = await second;
        expect([status, JSON.stringify(body)]).toEqual([200, expect.stringContaining('All of it.')]);
      },
    };
  }

  /** Not in the middle of a transaction: the other process would wait for its locks until it is resumed. */
  async function pauseAtRest(server: ServerProcess): Promise<void> {
    await eventually(async () => {
      server.pause();
      try {
        await eventually(async () => expect(await transactions()).toBe(0), 1_000);
      } catch (error) {
        server.resume();
        throw error;
      }
    });
  }

  /** Open ones of all processes. */
  const transactions = async (): Promise<number> => {
    const rows = await database.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
    );
    return rows.length;
  };

  const counted = async (organizationId: string): Promise<object | undefined> => {
    const [row] = await database.query<object>(
      `SELECT messages_used::int AS messages, tokens_used::int AS tokens,
         (SELECT count(*)::int FROM quota_reservations r WHERE r.organization_id = m.organization_id
          AND r.tokens = m.tokens_reserved) AS held
       FROM quota_months m WHERE organization_id = $1`,
      [organizationId],
    );
    return row;
  };
  /** The usage that the model reports for an answer. */
  const once = { messages: 1, tokens: 18, held: 0 };

  it(
    'counts nothing, and releases nothing that the other process holds',
    async () => {
      const { organizationId, resume, end } = await takeOver();
      await resume();
      expect(await counted(organizationId)).toEqual({ messages: 0, tokens: 0, held: 1 });
      await end();
      expect(await counted(organizationId)).toEqual(once);
    },
    WITHIN_MS,
  );

  it(
    'counts nothing that the other process has counted',
    async () => {
      const { organizationId, resume, end } = await takeOver();
      await end();
      await resume();
      expect(await counted(organizationId)).toEqual(once);
    },
    WITHIN_MS,
  );
});

it(
  'releases what a killed process held in the middle of an answer, except the prompt, and a retry pays once',
  async () => {
    const { program, organizationId } = await newProgram();
    const tap = new Tap();
    model.script = { pieces: tap };
    const headers = { 'idempotency-key': randomUUID() };
    const body = { message: 'Will you finish this?' };
    const stream = await openStream(there.client.as(program.token), { message: 'And this?' });
    const broken = there.client
      .as(program.token)
      .post('/api/v1/chat', body, { headers })
      .catch(() => undefined);
    tap.push('As far as');
    await stream.next();
    await eventually(async () => expect(await standing(organizationId)).toMatchObject([{ reserved: 2, held: 2 }]));
    await there.kill('SIGKILL');
    expect(await broken).toBeUndefined();

    // As if the lease of the first process had expired, but not that of the second: its retry comes immediately.
    await database.query(`UPDATE idempotency_records SET lease_until = now() WHERE organization_id = $1`, [
      organizationId,
    ]);
    model.script = { pieces: ['Now.'] };
    const retried = await here.client.as(program.token).post('/api/v1/chat', body, { headers });
    expect(retried.status).toBe(200);
    expect(await standing(organizationId)).toMatchObject([{ used: 1, reserved: 1, held: 1 }]);

    await database.query(`UPDATE quota_reservations SET lease_until = now() WHERE organization_id = $1`, [
      organizationId,
    ]);
    const worker = await ServerProcess.start('main.worker.js', variables);
    await eventually(async () =>
      expect(await standing(organizationId)).toEqual([{ used: 1, reserved: 0, tokens: 0, held: 0 }]),
    );
    // The cost of the retry, and the prompt of the stream that nobody resumed.
    const [row] = await database.query<{ tokens: number }>(
      'SELECT tokens_used::int AS tokens FROM quota_months WHERE organization_id = $1',
      [organizationId],
    );
    expect(row?.tokens).toBeGreaterThan(18 + 100);
    await worker.kill();
    there = await ServerProcess.start('main.js', variables);
  },
  WITHIN_MS,
);
