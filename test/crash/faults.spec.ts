import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { Load, type LoadedRequest } from '../harness/load.js';
import { KillableServices, ServerProcess } from '../harness/processes.js';
import { isLong } from '../harness/variables.mjs';

const WITHIN_MS = 60_000;
const CALLERS = 8;
const ROUNDS = isLong ? 2 : 1;
const SCOPES = ['conversations:read', 'conversations:write', 'knowledge:read', 'knowledge:write', 'system:read'];
const TABLES = { '/api/v1/conversations': 'conversations', '/api/v1/knowledge': 'knowledge' };
const REQUESTS: LoadedRequest[] = [
  { method: 'POST', path: '/api/v1/conversations', body: { title: 'fault' } },
  { method: 'POST', path: '/api/v1/knowledge', body: { title: 'fault', content: 'Herons wait in the reeds.' } },
  { method: 'POST', path: '/api/v1/chat', body: { message: 'Where do herons wait?' } },
  { method: 'GET', path: '/api/v1/conversations?limit=5' },
  { method: 'GET', path: '/api/v1/request-logs?limit=5&status=5xx' },
];

let services: KillableServices;
let servers: ServerProcess[];
let token: string;
let load: Load;

beforeAll(async () => {
  services = await KillableServices.start();
  // With the limits on, because they query Redis on each call. No limit is reached.
  await services.query('UPDATE plans SET requests_per_minute = 1000000, in_flight = 1000, requests_per_day = 10000000');
  servers = await Promise.all([
    ServerProcess.start('main.js', { ...services.variables, WORKER_INLINE: 'true' }),
    ServerProcess.start('main.js', services.variables),
  ]);
  const { session } = await register((servers[0] as ServerProcess).client);
  token = (await withKey(session, SCOPES)).token as string;
}, WITHIN_MS);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await services.stop();
}, WITHIN_MS);

beforeEach(async () => {
  load = new Load(
    servers.map(({ url }) => url),
    token,
    REQUESTS,
    CALLERS,
  );
  await succeeds();
});
afterEach(() => load.stop());

/** Waits until that many further requests have succeeded. */
async function succeeds(count = 150): Promise<void> {
  const before = load.requestIds.length;
  await eventually(() => expect(load.requestIds.length).toBeGreaterThan(before + count), WITHIN_MS);
}

async function expectAllOfIt(): Promise<void> {
  for (const [path, table] of Object.entries(TABLES)) {
    const made = load.made.get(path) ?? [];
    expect(made.length).toBeGreaterThan(50);
    const rows = await services.query(`SELECT FROM ${table} WHERE id = ANY($1)`, [made]);
    expect({ path, stands: rows.length }).toEqual({ path, stands: made.length });
  }
  // Entries of the request log wait in the processes while PostgreSQL is away.
  await eventually(async () => {
    const logged = await services.query('SELECT FROM request_logs WHERE request_id = ANY($1)', [load.requestIds]);
    expect(logged).toHaveLength(load.requestIds.length);
  }, WITHIN_MS);
}

describe('under load', () => {
  it(
    'Redis goes away and comes back: no request fails, and everything acknowledged exists',
    async () => {
      for (let times = 0; times < ROUNDS; times += 1) {
        await services.kill('redis');
        await succeeds();
        const { headers } = await (servers[0] as ServerProcess).client.as(token).get('/api/v1/conversations');
        expect(headers.get('x-parlance-degraded')).toBe('limits');
        await services.revive('redis');
        await succeeds();
      }
      await eventually(async () => {
        for (const { client } of servers) {
          const { status, headers } = await client.as(token).get('/api/v1/conversations');
          expect({ status, degraded: headers.get('x-parlance-degraded') }).toEqual({ status: 200, degraded: null });
        }
      }, WITHIN_MS);
      await load.stop();

      expect(load.wrong).toEqual([]);
      expect(load.count(503)).toBe(0);
      await expectAllOfIt();
    },
    2 * WITHIN_MS,
  );

  it(
    'PostgreSQL goes away and comes back: 503 with Retry-After while it is away, and everything acknowledged exists',
    async () => {
      for (let times = 0; times < ROUNDS; times += 1) {
        const refused = load.count(503);
        await services.kill('postgres');
        await eventually(() => expect(load.count(503)).toBeGreaterThan(refused + 100), WITHIN_MS);
        await services.revive('postgres');
        await succeeds();
      }
      await load.stop();

      expect(load.wrong).toEqual([]);
      await expectAllOfIt();
    },
    2 * WITHIN_MS,
  );

  it(
    'both go away and come back',
    async () => {
      const refused = load.count(503);
      await services.kill('redis');
      await services.kill('postgres');
      await eventually(() => expect(load.count(503)).toBeGreaterThan(refused + 100), WITHIN_MS);
      await services.revive('postgres');
      await succeeds();
      await services.revive('redis');
      await succeeds();
      await load.stop();

      expect(load.wrong).toEqual([]);
      await expectAllOfIt();
    },
    2 * WITHIN_MS,
  );
});
