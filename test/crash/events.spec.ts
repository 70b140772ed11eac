import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { NO_FAULTS, notificationFaults } from '../harness/notification-faults.js';
import { KillableServices, ServerProcess } from '../harness/processes.js';
import { isLong } from '../harness/variables.mjs';

const WITHIN_MS = 60_000;
/** Each round starts a worker. */
const KILLS = isLong ? 8 : 2;

let services: KillableServices;
let redis: Redis;
let api: ServerProcess;
let account: Account;

/** No worker inside: events wait until a test starts one. */
const startApi = (): Promise<ServerProcess> =>
  ServerProcess.start('main.js', { ...services.variables, WORKER_INLINE: 'false' });
const startWorker = (): Promise<ServerProcess> => ServerProcess.start('main.worker.js', services.variables);

beforeAll(async () => {
  services = await KillableServices.start();
  redis = new Redis(services.urls.redisUrl.replace('unix://', ''), { retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  api = await startApi();
  account = await register(api.client);
}, WITHIN_MS);

afterAll(async () => {
  redis.disconnect();
  await api.kill();
  await services.stop();
}, WITHIN_MS);

/** Creates a key and returns its id once the API has acknowledged it. */
async function makeKey(session: TestClient): Promise<string> {
  const { status, body } = await session.post<{ id: string }>('/api/v1/api-keys', {
    name: 'crash',
    environment: 'live',
    scopes: ['knowledge:read'],
  });
  if (status !== 201) throw new Error(`making a key answered ${status}`);
  return body.id;
}

/** As if that many keys had been created concurrently. Returns their ids. */
async function recordEvents(count: number): Promise<string[]> {
  const rows = await services.query<{ subject: string }>(
    `INSERT INTO events (id, organization_id, type, subject, payload)
     SELECT uuidv7(), $1, 'api_key.created', gen_random_uuid(), '{"name": "k", "environment": "live", "hint": "h"}'
     FROM generate_series(1, $2) RETURNING subject`,
    [account.organizationId, count],
  );
  return rows.map(({ subject }) => subject);
}

async function notificationCount(): Promise<number> {
  const [row] = await services.query<{ count: number }>('SELECT count(*)::int FROM notifications');
  return row?.count ?? 0;
}

async function expectAllToldOnce(keyIds: string[]): Promise<void> {
  const check = (): Promise<unknown> => notificationFaults((sql, values) => services.query(sql, values), keyIds);
  await eventually(async () => expect(await check()).toEqual(NO_FAULTS), WITHIN_MS);
  // Nothing is left that could deliver it a second time.
  await eventually(async () => {
    expect(await services.query('SELECT FROM events WHERE relayed_at IS NULL')).toEqual([]);
    expect(await services.query('SELECT FROM event_deliveries WHERE completed_at IS NULL')).toEqual([]);
    expect(await redis.llen('{crash:jobs}:events:wait')).toBe(0);
    expect(await redis.llen('{crash:jobs}:events:active')).toBe(0);
  }, WITHIN_MS);
  expect(await check()).toEqual(NO_FAULTS);
}

/** Makes the sweeps run now instead of seconds later. */
async function makeDue(): Promise<void> {
  await services.query(
    `UPDATE event_deliveries SET due_at = now() WHERE completed_at IS NULL AND due_at > now() + interval '1 second'`,
  );
  await services.query(
    `UPDATE knowledge SET updated_at = now() - interval '1 minute' WHERE status = 'processing' AND lease_until IS NULL`,
  );
}

/** Frees what a dead worker held now, not when its leases and locks expire. */
async function freeAll(): Promise<void> {
  await services.query('UPDATE knowledge SET lease_until = NULL');
  await makeDue();
  const locks = await redis.keys('{crash:jobs}:*:lock');
  if (locks.length > 0) await redis.del(locks);
}

/** Waits until nothing is left to deliver, even if the sweep still finds Redis unavailable at times. */
const expectDelivered = (): Promise<void> =>
  eventually(async () => {
    await makeDue();
    expect(await services.query('SELECT FROM event_deliveries WHERE completed_at IS NULL LIMIT 1')).toEqual([]);
  }, WITHIN_MS);

describe('every event reaches its subscriber, and each notification exists exactly once,', () => {
  it(
    'even if the API is killed between its commits and the relay',
    async () => {
      const acknowledged: string[] = [];
      const calls = Array.from({ length: 60 }, () =>
        makeKey(account.session).then(
          (id) => acknowledged.push(id),
          () => undefined,
        ),
      );
      await eventually(() => expect(acknowledged.length).toBeGreaterThan(20));
      await api.kill('SIGKILL');
      await Promise.all(calls);
      expect(await notificationFaults((sql, values) => services.query(sql, values), acknowledged)).toEqual({
        lost: expect.arrayContaining(acknowledged),
        doubled: [],
      });

      const worker = await startWorker();
      // The key of a call without a response may or may not exist. If it does, it has a notification.
      const rows = await services.query<{ id: string }>('SELECT id FROM api_keys');
      const made = rows.map(({ id }) => id);
      expect(made).toEqual(expect.arrayContaining(acknowledged));
      await expectAllToldOnce(made);
      await worker.kill();
      api = await startApi();
      account = { ...account, session: api.client.as(account.accessToken) };
    },
    WITHIN_MS,
  );

  it(
    'and a large knowledge entry becomes ready without duplicate passages, even if the worker is killed repeatedly during its jobs',
    async () => {
      const author = await withKey(account.session, ['knowledge:read', 'knowledge:write']);
      const paragraphs = Array.from(
        { length: 5_000 },
        (_, index) =>
          `## Part ${index}\n\nThe answer ${index} of this manual stands here, in part ${index}, and only here, for ever and a day.\n\n`,
      );
      const { body: entry } = await author.post<{ id: string; status: string }>('/api/v1/knowledge', {
        title: 'Manual',
        content: paragraphs.join(''),
      });
      expect(entry.status).toBe('processing');
      const keyIds = await recordEvents(750 * KILLS);

      for (let kills = 0; kills < KILLS; kills += 1) {
        const told = await notificationCount();
        const worker = await startWorker();
        await eventually(async () => {
          expect(await notificationCount()).toBeGreaterThan(told + 50);
          // The first worker dies while it works on the entry.
          const inHand = await services.query('SELECT FROM knowledge WHERE id = $1 AND lease_until > now()', [
            entry.id,
          ]);
          if (kills === 0) expect(inHand).toHaveLength(1);
        });
        await worker.kill('SIGKILL');
        await freeAll();
      }
      expect(await notificationCount()).toBeLessThan(keyIds.length);

      const worker = await startWorker();
      await expectAllToldOnce(keyIds);
      const ready = await eventually(async () => {
        const { body } = await author.get<{ status: string; progress: number; passage_count: number }>(
          `/api/v1/knowledge/${entry.id}`,
        );
        expect(body.status).toBe('ready');
        return body;
      }, WITHIN_MS);
      const [passages] = await services.query<{ total: number; different: number }>(
        `SELECT count(*)::int AS total, count(DISTINCT ordinal)::int AS different FROM passages WHERE document_id = $1`,
        [entry.id],
      );
      expect(ready.progress).toBe(100);
      expect(passages).toEqual({ total: ready.passage_count, different: ready.passage_count });
      const { body: found } = await author.get<{ data: { text: string }[] }>(
        '/api/v1/knowledge/search?q=answer%204711',
      );
      expect(found.data[0]?.text).toContain('The answer 4711 of this manual');
      await worker.kill();
    },
    KILLS * WITHIN_MS,
  );

  it(
    'even if Redis is killed with a full queue and comes back empty',
    async () => {
      const worker = await startWorker();
      const told = await notificationCount();
      const keyIds = await recordEvents(1_500);
      await eventually(async () => {
        expect(await redis.llen('{crash:jobs}:events:wait')).toBeGreaterThan(100);
        expect(await notificationCount()).toBeGreaterThan(told);
      });
      await services.kill('redis');
      expect(await notificationCount()).toBeLessThan(told + keyIds.length);
      await services.revive('redis');
      await expectDelivered();
      await expectAllToldOnce(keyIds);
      await worker.kill();
    },
    WITHIN_MS,
  );

  it(
    'even if Redis is away while the API accepts writes, and no write fails',
    async () => {
      const worker = await startWorker();
      const author = await withKey(account.session, ['knowledge:read', 'knowledge:write', 'conversations:write']);
      await services.kill('redis');
      const keyIds: string[] = [];
      for (let count = 0; count < 20; count += 1) keyIds.push(await makeKey(account.session));
      const large = await author.post<{ id: string }>('/api/v1/knowledge', {
        title: 'Written without Redis',
        content: 'The lighthouse keeper feeds the heron. '.repeat(3_000),
      });
      expect(large.status).toBe(201);
      const chat = await author.post<{ content: string }>('/api/v1/chat', { message: 'Where does answer 4711 stand?' });
      expect(chat.status).toBe(200);
      await eventually(async () =>
        expect(await services.query('SELECT FROM events WHERE relayed_at IS NULL')).toEqual([]),
      );
      await services.revive('redis');
      await expectDelivered();
      await expectAllToldOnce(keyIds);
      await eventually(async () => {
        const { body } = await author.get<{ status: string }>(`/api/v1/knowledge/${large.body.id}`);
        expect(body.status).toBe('ready');
      });
      await worker.kill();
    },
    WITHIN_MS,
  );
});
