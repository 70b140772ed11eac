import { randomUUID } from 'node:crypto';
import { openQueue } from '../lib/bull.mjs';
import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { median } from '../lib/statistics.mjs';
import { CHEAP, repeat, SLOTS } from './scene.mjs';

const SUBMITTERS = 16;
/** So that both are measured for a similar time. */
const JOBS_PER_TASK = 20;

/**
 * Tasks per second from submission to end, beside jobs of Bull that do nothing, in the same Redis.
 *
 * @param {import('./scene.mjs').Scene} scene
 */
export async function measureThroughput(scene) {
  const { quick } = scene.stage;
  const [rounds, count] = quick ? [3, 100] : [7, 400];
  const { REDIS_URL = '' } = scene.stage.environmentOf(scene.databaseUrl);
  const name = `bench-${randomUUID()}`;
  const { queue, close } = openQueue(name, REDIS_URL);
  const bull = await scene.stage.startHelper('bull-server.mjs', { REDIS_URL, QUEUE: name, CONCURRENCY: String(SLOTS) });
  const worker = await scene.stage.startHelper('task-server.mjs', scene.stage.environmentOf(scene.databaseUrl));
  /** @type {{ jobs: number, tasks: number }[]} */
  const rates = [];
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? 'tasks: warming up' : `tasks: round ${round} of ${rounds}`);
    const jobs = await rate(count * JOBS_PER_TASK, (many) => runJobs(scene, queue, many));
    const tasks = await rate(count, (many) => runTasks(scene, many));
    if (round > 0) rates.push({ jobs, tasks });
  }
  await worker.stop();
  tell('tasks: working off a queue');
  const empty = await workOff(scene, count, () =>
    scene.stage.startHelper('task-server.mjs', scene.stage.environmentOf(scene.databaseUrl)),
  );
  const cheap = await workOff(scene, count, () => scene.startWorker());
  await bull.stop();
  close();
  const of = (/** @type {'jobs' | 'tasks'} */ name) => median(rates.map((pair) => pair[name]));
  const ratio = median(rates.map(({ jobs, tasks }) => tasks / jobs));
  return [
    figure('tasks_bull_rate', 'Bull: jobs that do nothing, submission to end', of('jobs'), 'jobs/s'),
    figure('tasks_rate', 'tasks that do nothing, request to end', of('tasks'), 'tasks/s'),
    figure('tasks_ratio', 'those tasks beside jobs of Bull, round by round', ratio, '', { atLeast: 0.4 }),
    figure('tasks_empty_rate', 'tasks that do nothing and wait already', empty, 'tasks/s'),
    figure('tasks_cheap_rate', 'the same, research that finds nothing', cheap, 'tasks/s'),
  ];
}

/** @param {number} count @param {(count: number) => Promise<void>} run */
async function rate(count, run) {
  const startedAt = performance.now();
  await run(count);
  return count / ((performance.now() - startedAt) / 1000);
}

/** @param {import('./scene.mjs').Scene} scene @param {import('bull').Queue} queue @param {number} count */
async function runJobs(scene, queue, count) {
  await repeat(count, SUBMITTERS, () => queue.add({ id: randomUUID() }, { removeOnComplete: true }));
  await scene.until(async () => {
    const { waiting, active } = await queue.getJobCounts();
    return waiting + active === 0;
  });
}

/** @param {import('./scene.mjs').Scene} scene @param {number} count */
async function runTasks(scene, count) {
  await repeat(count, SUBMITTERS, () => scene.submit(CHEAP));
  await scene.until(async () => {
    const [row] = await scene.query(`SELECT FROM tasks WHERE status IN ('submitted', 'running') LIMIT 1`);
    return row === undefined;
  });
}

/**
 * @param {import('./scene.mjs').Scene} scene
 * @param {number} count
 * @param {() => Promise<import('./scene.mjs').Server>} start
 */
async function workOff(scene, count, start) {
  const [{ now }] = await scene.query('SELECT now()');
  await repeat(count, SUBMITTERS, () => scene.submit(CHEAP));
  const worker = await start();
  await runTasks(scene, 0);
  await worker.stop();
  const [{ seconds }] = await scene.query(
    `SELECT extract(epoch FROM max(completed_at) - min(started_at))::float8 AS seconds FROM tasks WHERE created_at >= $1`,
    [now],
  );
  return count / seconds;
}
