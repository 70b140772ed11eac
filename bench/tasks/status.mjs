import { alternate } from '../lib/alternate.mjs';
import { figure } from '../lib/figures.mjs';
import { startLoad } from '../lib/load.mjs';
import { tell } from '../lib/report.mjs';
import { CHEAP, Scene } from './scene.mjs';

const FEW = 1_000;
const MANY = 1_000_000;

/**
 * The status call of a tenant with few tasks, and of one with a million.
 *
 * @param {import('./scene.mjs').Stage} stage
 * @param {import('./scene.mjs').Defer} defer
 */
export async function measureStatus(stage, defer) {
  const [rounds, seconds] = stage.quick ? [3, 2] : [7, 4];
  const targets = [];
  for (const [name, count] of /** @type {const} */ ([
    ['few', FEW],
    ['many', MANY],
  ])) {
    tell(`tasks: inserting ${count.toLocaleString('en-US')}`);
    const scene = await Scene.open(stage, defer);
    const id = await scene.submit(CHEAP);
    await scene.query(
      `INSERT INTO tasks (id, organization_id, budget_id, billing_organization_id, plan, type, title, input, status, created_at,
         started_at, completed_at)
       SELECT uuidv7(-n * interval '1 second'), organization_id, budget_id, billing_organization_id, plan, type, title, input,
         'completed', now() - n * interval '1 second', now() - n * interval '1 second', now() - n * interval '1 second'
       FROM tasks, generate_series(1, $2) AS n WHERE id = $1`,
      [id, count - 1],
    );
    await scene.database.query('RESET ROLE; ANALYZE tasks');
    targets.push({ name, path: `/api/v1/tasks/${id}/status`, server: scene.api, headers: scene.tenant.headers });
  }
  const samples = await alternate('tasks: status', targets, { rounds, seconds, run: startLoad(defer) });
  for (const { server } of targets) await server.stop();
  const [few, lots] = [samples.median('few', 'p50Ms'), samples.median('many', 'p50Ms')];
  return [
    figure('tasks_status_few_rps', 'GET …/status, 1,000 tasks', samples.median('few', 'perSecond'), 'requests/s'),
    figure('tasks_status_few_p50', 'p50 of it', few, 'ms'),
    figure('tasks_status_many_p50', 'p50 of it, 1,000,000 tasks', lots, 'ms'),
    figure('tasks_status_ratio', 'requests/s among many beside few', samples.ratio('many', 'few'), '', {
      atLeast: 0.9,
    }),
  ];
}
