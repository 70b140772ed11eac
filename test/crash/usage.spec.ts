import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import type { PoolClient } from 'pg';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import type { TestClient } from '../harness/client.js';
import { KillableServices, ServerProcess } from '../harness/processes.js';

const WITHIN_MS = 60_000;

let services: KillableServices;
let redis: Redis;
let api: ServerProcess;
let program: TestClient;
let organizationId: string;

const startApi = (): Promise<ServerProcess> =>
  ServerProcess.start('main.js', { ...services.variables, WORKER_INLINE: 'false' });
const startWorker = (): Promise<ServerProcess> => ServerProcess.start('main.worker.js', services.variables);

beforeAll(async () => {
  services = await KillableServices.start(true);
  // A request that Redis counted but could not confirm stays among the requests in flight.
  await services.query('UPDATE plans SET in_flight = 1000');
  redis = new Redis(services.urls.redisUrl.replace('unix://', ''), { retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  api = await startApi();
}, WITHIN_MS);
afterAll(async () => {
  redis.disconnect();
  await api.kill();
  await services.stop();
}, WITHIN_MS);
beforeEach(async () => {
  const account = await register(api.client);
  organizationId = account.organizationId;
  program = await withKey(account.session, ['knowledge:read']);
}, WITHIN_MS);

/** Sends that many concurrently; returns how many succeeded. */
async function callTimes(count: number): Promise<number> {
  const answers = await Promise.allSettled(Array.from({ length: count }, () => program.get('/api/v1/knowledge')));
  return answers.filter((answer) => answer.status === 'fulfilled' && answer.value.status === 200).length;
}
async function counted(): Promise<number> {
  const [row] = await services.query<{ count: number }>(
    `SELECT coalesce(sum(requests), 0)::int AS count FROM usage_records
     WHERE organization_id = $1 AND route = 'GET /api/v1/knowledge'`,
    [organizationId],
  );
  return row?.count ?? 0;
}
const expectCounted = (count: number): Promise<void> =>
  eventually(async () => expect(await counted()).toBe(count), WITHIN_MS);
/** Waits until Redis holds no pending counts: the usage counted by then is final. */
const expectNothingWaits = (): Promise<void> =>
  eventually(async () => expect(await redis.keys(`crash:{${organizationId}}:usage*`)).toEqual([]), WITHIN_MS);
const batchKeys = (): Promise<string[]> => redis.keys(`crash:{${organizationId}}:usage:*`);

/** Locks a table until released, so that the worker waits for it. */
async function hold(table: string): Promise<() => Promise<void>> {
  const client: PoolClient = await services.pool.connect();
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return async () => {
    await client.query('ROLLBACK');
    client.release();
  };
}
/** Waits until a connection waits for the table. */
const someoneWaitsFor = (table: string): Promise<void> =>
  eventually(async () =>
    expect(
      await services.query('SELECT FROM pg_locks WHERE relation = $1::regclass AND NOT granted LIMIT 1', [table]),
    ).toHaveLength(1),
  );

describe('every request is counted exactly once, even if', () => {
  it(
    'the API is killed right after its last response, before it could report the count',
    async () => {
      expect(await callTimes(40)).toBe(40);
      await api.kill('SIGKILL');
      expect(await counted()).toBe(0);
      const worker = await startWorker();
      await expectCounted(40);
      await expectNothingWaits();
      expect(await counted()).toBe(40);
      await worker.kill();
      api = await startApi();
    },
    WITHIN_MS,
  );

  it.each([
    ['after it has taken a batch and before it adds it', 'usage_batches'],
    ['while it adds a batch', 'usage_records'],
  ])(
    'the worker is killed %s',
    async (_when, table) => {
      expect(await callTimes(30)).toBe(30);
      const release = await hold(table);
      const worker = await startWorker();
      await someoneWaitsFor(table);
      expect(await batchKeys()).toHaveLength(1);
      await worker.kill('SIGKILL');
      await release();
      expect(await counted()).toBe(0);
      expect(await callTimes(12)).toBe(12);
      const next = await startWorker();
      await expectCounted(42);
      await expectNothingWaits();
      expect(await counted()).toBe(42);
      await next.kill();
    },
    WITHIN_MS,
  );

  it(
    'the worker is killed after it has added a batch and before it deletes it',
    async () => {
      expect(await callTimes(30)).toBe(30);
      const release = await hold('usage_records');
      const worker = await startWorker();
      await someoneWaitsFor('usage_records');
      const [batch] = (await batchKeys()) as [string];
      await redis.copy(batch, 'kept');
      await release();
      await expectCounted(30);
      await expectNothingWaits();
      await worker.kill('SIGKILL');
      // The state of that moment: the batch is added, and still exists.
      await redis.rename('kept', batch);
      const next = await startWorker();
      await expectNothingWaits();
      expect(await counted()).toBe(30);
      await next.kill();
    },
    WITHIN_MS,
  );

  it(
    'Redis hangs, and counts requests whose responses came too late',
    async () => {
      const worker = await startWorker();
      expect(await callTimes(1)).toBe(1);
      await expectCounted(1);
      await expectNothingWaits();
      await services.pause('redis');
      expect(await callTimes(20)).toBe(20);
      await services.resume('redis');
      await expectCounted(21);
      await expectNothingWaits();
      expect(await counted()).toBe(21);
      await worker.kill();
    },
    WITHIN_MS,
  );

  it(
    'Redis is killed under load and comes back with its data',
    async () => {
      const worker = await startWorker();
      let answered = 0;
      let stopping = false;
      const load = Promise.all(
        Array.from({ length: 8 }, async () => {
          while (!stopping) {
            const { status } = await program.get('/api/v1/knowledge');
            if (status === 200) answered += 1;
          }
        }),
      );
      await eventually(() => expect(answered).toBeGreaterThan(50));
      await services.kill('redis');
      const before = answered;
      await eventually(() => expect(answered).toBeGreaterThan(before + 20));
      await services.revive('redis');
      const back = answered;
      await eventually(() => expect(answered).toBeGreaterThan(back + 50));
      stopping = true;
      await load;
      await eventually(async () => expect(await counted()).toBe(answered));
      await expectNothingWaits();
      expect(await counted()).toBe(answered);
      await worker.kill();
    },
    WITHIN_MS,
  );
});
