import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { Load } from '../harness/load.js';
import { ServerProcess } from '../harness/processes.js';

const WITHIN_MS = 60_000;
const CALLERS = 8;
const CONVERSATIONS = '/api/v1/conversations';

let database: TestDatabase;
let variables: Record<string, string | undefined>;
let servers: ServerProcess[];
let token: string;

const start = (): Promise<ServerProcess> => ServerProcess.start('main.js', variables);

beforeAll(async () => {
  database = await createDatabase();
  variables = testEnvironment({ DATABASE_URL: database.url, LOG_LEVEL: 'error' });
  servers = await Promise.all([start(), start()]);
  const { session } = await register((servers[0] as ServerProcess).client);
  token = (await withKey(session, ['conversations:read', 'conversations:write'])).token as string;
}, WITHIN_MS);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await database.drop();
}, WITHIN_MS);

describe('two API processes that are restarted one after the other, under load', () => {
  it(
    'fail no request: everything acknowledged exists once, and nothing else',
    async () => {
      const urls = servers.map(({ url }) => url);
      const requests = [
        { method: 'POST', path: CONVERSATIONS, body: { title: 'rolling' } },
        { method: 'GET', path: `${CONVERSATIONS}?limit=5` },
        { method: 'POST', path: '/api/v1/chat', body: { message: 'Is anybody there?' } },
      ] as const;
      const load = new Load(urls, token, [...requests], CALLERS);
      const further = async (): Promise<void> => {
        const before = load.answered;
        await eventually(() => expect(load.answered).toBeGreaterThan(before + 300), WITHIN_MS);
      };
      await further();
      for (const index of [0, 1]) {
        const ended = await (servers[index] as ServerProcess).kill('SIGTERM');
        expect(ended).toEqual({ code: 0, signal: null });
        await further();
        const fresh = await start();
        servers[index] = fresh;
        urls[index] = fresh.url;
        await further();
      }
      await load.stop();

      expect(load.wrong).toEqual([]);
      expect([...load.counts.keys()].sort()).toEqual([200, 201]);
      expect(load.refusals).toBeGreaterThan(0);
      const made = load.made.get(CONVERSATIONS) ?? [];
      const rows = await database.query<{ id: string }>(`SELECT id FROM conversations WHERE title = 'rolling'`);
      expect(rows.map(({ id }) => id).sort()).toEqual([...made].sort());
      // No entry of the request log is lost, of stopped or of running processes.
      await eventually(async () => {
        const logged = await database.query<{ id: string }>(
          'SELECT request_id AS id FROM request_logs WHERE request_id = ANY($1)',
          [load.requestIds],
        );
        expect(logged).toHaveLength(load.requestIds.length);
      });
    },
    2 * WITHIN_MS,
  );
});
