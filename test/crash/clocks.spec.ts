import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { concurrently } from '../harness/concurrently.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { ServerProcess } from '../harness/processes.js';
import { submit } from '../harness/tasks.js';
import { testEnvironment } from '../harness/variables.mjs';

const TASKS = 40;
const TEN_MINUTES_MS = 600_000;
const WITHIN_MS = 240_000;

let database: TestDatabase;
let variables: Record<string, string | undefined>;

beforeAll(async () => {
  database = await createDatabase();
  variables = testEnvironment({ DATABASE_URL: database.url, LOG_LEVEL: 'error' });
});
afterAll(() => database.drop());

const startWorker = (skewMs: number): Promise<ServerProcess> =>
  ServerProcess.start('main.worker.js', {
    ...variables,
    CLOCK_SKEW_MS: String(skewMs),
    NODE_OPTIONS: `--import=${join(process.cwd(), 'test/harness/skewed-clock.mjs')}`,
  });

it(
  'no task is lost or doubled while the clocks of workers are off by ten minutes, and one of them dies',
  async () => {
    const api = await ServerProcess.start('main.js', variables);
    const account = await register(api.client);
    await database.query(`UPDATE organizations SET plan = 'pro'`);
    const program = await withKey(account.session, ['tasks:read', 'tasks:write']);
    const workers = await Promise.all([startWorker(TEN_MINUTES_MS), startWorker(-TEN_MINUTES_MS)]);
    const ids: string[] = [];
    await concurrently(Array.from({ length: TASKS }), async () => {
      ids.push(await submit(program, '/api/v1/tasks/research', { topic: 'Herons', scope: 'quick' }));
      if (ids.length === TASKS / 2) await workers[0].kill();
    });
    // Its lease expires by the clock of PostgreSQL.
    await eventually(async () => {
      const open = await database.query(`SELECT id FROM tasks WHERE status IN ('submitted', 'running')`);
      expect(open).toEqual([]);
    }, 120_000);
    const ends = await database.query(
      `SELECT t.id, t.status, t.started_at BETWEEN t.created_at - interval '1 minute' AND now() AS timely,
         (SELECT count(*)::int FROM task_results r WHERE r.task_id = t.id) AS results,
         (SELECT count(*)::int FROM task_events e WHERE e.task_id = t.id AND e.name = 'completed') AS ends
       FROM tasks t ORDER BY t.id`,
    );
    expect(ends).toEqual(ids.toSorted().map((id) => ({ id, status: 'completed', timely: true, results: 1, ends: 1 })));
    const [used] = await database.query(
      'SELECT tasks_used::int AS used, tasks_reserved::int AS reserved FROM quota_months',
    );
    expect(used).toEqual({ used: TASKS, reserved: 0 });
    await Promise.all([api.kill(), workers[1].kill()]);
  },
  WITHIN_MS,
);
