import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.js';
import { testEnvironment } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
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
  'answers exactly as many messages as the quota has, of 200 at once over two processes, and leaves nothing reserved',
  async () => {
    const { program, organizationId } = await newProgram();
    const asked = model.requests.length;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        (i % 2 ? here : there).client.as(program.token).post('/api/v1/chat', { message: `Question ${i}` }),
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

it(
  'gives back what a process held that was killed in the middle of an answer, and a retry pays once',
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

    // As if the lease of the first one had run out, and not yet that of the second: its retry comes at once.
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
    await worker.kill();
    there = await ServerProcess.start('main.js', variables);
  },
  WITHIN_MS,
);
