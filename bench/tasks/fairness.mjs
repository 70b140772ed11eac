import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { median } from '../lib/statistics.mjs';
import { createTenant } from '../lib/tenant.mjs';
import { CHEAP, SLOTS } from './scene.mjs';

const QUEUED = 50_000;

/**
 * How long the single task of one tenant waits behind the many of another: the tasks of that one that start before it, per slot.
 *
 * @param {import('./scene.mjs').Scene} scene
 */
export async function measureFairness(scene) {
  const singles = scene.stage.quick ? 10 : 50;
  tell(`tasks: queueing ${QUEUED.toLocaleString('en-US')} of one tenant`);
  const id = await scene.submit(CHEAP);
  await scene.copy(id, QUEUED - 1);
  const other = await createTenant(scene.api.url, scene.databaseUrl, 'other@example.com');
  const worker = await scene.startWorker();
  await scene.until(async () => {
    const [row] = await scene.query(`SELECT count(*)::int > 100 AS runs FROM tasks WHERE status = 'completed'`);
    return row.runs;
  });
  /** @type {{ turns: number, ms: number }[]} */
  const waits = [];
  for (let single = 1; single <= singles; single += 1) {
    tell(`tasks: single task ${single} of ${singles}`);
    const mine = await scene.submit(CHEAP, other);
    const { created, started } = await scene.completed(mine);
    const [{ passed }] = await scene.query(
      `SELECT count(*)::int AS passed FROM tasks t, tasks mine WHERE mine.id = $1 AND t.budget_id <> mine.budget_id
         AND t.started_at > mine.created_at AND t.started_at <= mine.started_at`,
      [mine],
    );
    waits.push({ turns: passed / SLOTS, ms: started - created });
  }
  const [{ left }] = await scene.query(`SELECT count(*)::int AS left FROM tasks WHERE status = 'submitted'`);
  await worker.stop();
  const turns = waits.map((wait) => wait.turns);
  return [
    figure(
      'tasks_fair_median',
      `tasks begun per slot before a single one behind ${left.toLocaleString('en-US')}: median`,
      median(turns),
      'per slot',
    ),
    figure('tasks_fair_worst', 'the same, worst', Math.max(...turns), 'per slot', { atMost: 1 }),
    figure('tasks_fair_wait', 'wait of the single task, median', median(waits.map(({ ms }) => ms)), 'ms'),
  ];
}
