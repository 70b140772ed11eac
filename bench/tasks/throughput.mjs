import { randomUUID } from 'node:crypto';
import { openQueue } from '../lib/bull.mjs';
import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { median } from '../lib/statistics.mjs';
import { CHEAP, repeat, SLOTS } from './scene.mjs';

const SUBMITTERS = 16;
/** So many jobs of Bull take about as long as one task. */
const JOBS_PER_TASK = 5;

/**
 * Tasks per second from submission to end, beside jobs of Bull that do nothing, in the same Redis.
 *
 * @param {import('./scene.mjs').Scene} scene
 * @param {import('./scene.mjs').Defer} defer
 */
export async function measureThroughput(scene, defer) {
  const { quick } = scene.stage;
  const [rounds, count] = quick ? [3, 100] : [7, 400];
  const { REDIS_URL = '' } = scene.stage.environmentOf(scene.databaseUrl);
  const name = `bench-${randomUUID()}`;
  const queue = openQueue(name, REDIS_URL);
  defer(() => queue.close());
  const bull = await scene.stage.startHelper('bull-server.mjs', { REDIS_URL, QUEUE: name, CONCURRENCY: String(SLOTS) });
  const worker = await scene.startWorker();
  /** @type {number[]} */
  const jobs = [];
  /** @type {number[]} */
  const tasks = [];
  for (let round = 0; round <= rounds; round += 1) {
    tell(round === 0 ? 'tasks: warming up' : `tasks: round ${round} of ${rounds}`);
    const [perSecondOfBull, perSecond] = [
      await rate(count * JOBS_PER_TASK, (many) => runJobs(scene, queue, many)),
      await rate(count, (many) => runTasks(scene, many)),
    ];
    if (round > 0) [jobs, tasks].forEach((list, index) => list.push([perSecondOfBull, perSecond][index] ?? NaN));
  }
  tell('tasks: working off a queue');
  await worker.stop();
  const waiting = await workOff(scene, count);
  await bull.stop();
  return [
    figure('tasks_bull_rate', 'Bull: jobs that do nothing, submission to end', median(jobs), 'jobs/s'),
    figure('tasks_rate', 'the cheapest task (research that finds nothing), API to end', median(tasks), 'tasks/s'),
    figure('tasks_ratio', 'tasks beside jobs of Bull, round by round', median(ratios(tasks, jobs)), '', {
      atLeast: 0.4,
    }),
    figure('tasks_worked_off', `${count} waiting tasks, worked off by one worker`, waiting, 'tasks/s'),
  ];
}

/** @param {number[]} some @param {number[]} others */
const ratios = (some, others) => some.map((value, round) => value / (others[round] ?? NaN));

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

/** @param {import('./scene.mjs').Scene} scene @param {number} count */
async function workOff(scene, count) {
  const [{ now }] = await scene.query('SELECT now()');
  await repeat(count, SUBMITTERS, () => scene.submit(CHEAP));
  const worker = await scene.startWorker();
  await runTasks(scene, 0);
  await worker.stop();
  const [{ seconds }] = await scene.query(
    `SELECT extract(epoch FROM max(completed_at) - min(started_at))::float8 AS seconds FROM tasks WHERE created_at >= $1`,
    [now],
  );
  return count / seconds;
}
