import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/platform/database/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { allScopes } from '../../src/identity/permissions/index.js';
import { RequestLogsRepository } from '../../src/insight/request-logs/request-logs.repository.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';

const DAY_MS = 24 * 60 * 60_000;
const dayFromToday = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
const nameOf = (day: string): string => `request_logs_${day.replaceAll('-', '')}`;

let app: TestApp;
let account: Account;
let program: TestClient;
beforeAll(async () => {
  app = await startApp({ REQUEST_LOG_DAYS: '7' });
  account = await register(app.client);
  program = await withKey(account.session, allScopes);
});
afterAll(() => app.close());

const partitions = async (): Promise<string[]> =>
  (
    await app.database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'request_logs_%' ORDER BY 1`,
    )
  ).map(({ name }) => name);

const isWritten = (requestId: string | null): Promise<void> =>
  eventually(async () =>
    expect(await app.database.query('SELECT FROM request_logs WHERE request_id = $1', [requestId])).toHaveLength(1),
  );

describe('partitions of the request log', () => {
  it('are created in advance by the worker', async () => {
    await eventually(async () => expect(await partitions()).toEqual([0, 1, 2].map(dayFromToday).map(nameOf)));
  });

  it('are accessible only through their table', async () => {
    const open = await app.database.query(
      `SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'
         AND (NOT (relrowsecurity AND relforcerowsecurity)
           OR has_table_privilege('parlance_tenant', oid, 'SELECT, INSERT, UPDATE, DELETE')
           OR has_table_privilege('parlance_platform', oid, 'SELECT, INSERT, UPDATE, DELETE'))`,
    );
    expect(open).toEqual([]);
  });

  it('are created by any writer if they are missing', async () => {
    await app.database.query(`DROP TABLE ${nameOf(dayFromToday(0))}`);
    const { headers } = await program.get('/api/v1/conversations');
    await isWritten(headers.get('x-request-id'));
  });

  it('are created once for concurrent writers', async () => {
    const [database, entries] = [app.nest.get(Database), app.nest.get(RequestLogsRepository, { strict: false })];
    const day = dayFromToday(-3);
    await Promise.all([1, 2, 3, 4].map(() => database.asPlatform(() => entries.makePartition(day))));
    expect(await partitions()).toContain(nameOf(day));
  });

  it('are dropped when all their entries are too old, oldest first', async () => {
    const [database, entries] = [app.nest.get(Database), app.nest.get(RequestLogsRepository, { strict: false })];
    for (const day of [-9, -8, -7]) await database.asPlatform(() => entries.makePartition(dayFromToday(day)));
    const drop = (): Promise<boolean> => database.asPlatform(() => entries.dropPartition(dayFromToday(-7)));
    expect([await drop(), await drop(), await drop()]).toEqual([true, true, false]);
    expect((await partitions())[0]).toBe(nameOf(dayFromToday(-7)));
  });
});

describe('a page of the request log', () => {
  /** That many entries of the caller’s organization on each of the days before today; every thousandth is unusual. */
  async function fill(days: number, perDay: number): Promise<void> {
    const database = app.nest.get(Database);
    const entries = app.nest.get(RequestLogsRepository, { strict: false });
    for (let day = 1; day <= days; day += 1) {
      await database.asPlatform(() => entries.makePartition(dayFromToday(-day)));
      await app.database.query(
        `INSERT INTO request_logs (organization_id, created_at, id, request_id, method, route, path, status, duration_ms,
           request_bytes, response_bytes, principal_kind, credential_id)
         SELECT $1, $2::date + make_interval(secs => n * 80000.0 / $3), gen_random_uuid(), 'req_' || n,
           CASE WHEN n % 1000 = 7 THEN 'DELETE' ELSE 'GET' END, CASE WHEN n % 1000 = 7 THEN '/rare' ELSE '/common' END, '/',
           CASE WHEN n % 1000 = 7 THEN 404 ELSE 200 END, 1, 0, 0, 'api_key',
           CASE WHEN n % 1000 = 7 THEN $4::uuid ELSE gen_random_uuid() END
         FROM generate_series(1, $3) AS n`,
        [account.organizationId, dayFromToday(-day), perDay, RARE],
      );
    }
    await app.database.query('ANALYZE request_logs');
  }
  const RARE = newId();

  /** Pages of PostgreSQL that the query reads. */
  async function cost(filter: Record<string, unknown[]>, at: Date): Promise<number> {
    const database = app.nest.get(Database);
    const watching = new Proxy(database, {
      get: (target, name) =>
        name === 'query'
          ? (sql: string, parameters: unknown[]) =>
              target.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, parameters)
          : (Reflect.get(target, name) as unknown),
    });
    const { rows } = (await database.asTenant(account.organizationId, () =>
      new RequestLogsRepository(watching).list(filter, { before: { at, id: newId() }, since: new Date(0) }, 20),
    )) as unknown as { rows: { 'QUERY PLAN': [{ Plan: Record<string, number> }] }[] };
    const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
    return (plan['Shared Hit Blocks'] ?? NaN) + (plan['Shared Read Blocks'] ?? NaN);
  }

  it('costs the same in a long log, for any filter and any start', async () => {
    await fill(6, 20_000);
    const [now, longAgo] = [new Date(), new Date(Date.now() - 5 * DAY_MS)];
    const filters: Record<string, unknown[]>[] = [
      {},
      { status: [404] },
      { status: [400, 401, 404, 500] },
      { method: ['DELETE'] },
      { route: ['/rare'] },
      { credential_id: [RARE] },
      { request_id: ['req_1'] },
      { status: [200], route: ['/common'] },
    ];
    for (const filter of filters) {
      for (const at of [now, longAgo]) {
        // 120,000 entries take more than 4,000 pages of the table alone.
        expect({ filter, at, isFlat: (await cost(filter, at)) < 400 }).toEqual({ filter, at, isFlat: true });
      }
    }
  });
});
