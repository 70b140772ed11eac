import { readdirSync, readFileSync } from 'node:fs';
import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { median, quantile } from '../lib/statistics.mjs';
import { CHEAP } from './scene.mjs';

/**
 * From the end of a task until its event arrives at a client that follows it.
 *
 * @param {import('./scene.mjs').Scene} scene
 */
export async function measureEvents(scene) {
  const tasks = scene.stage.quick ? 50 : 500;
  tell(`tasks: following ${tasks} to their end`);
  /** @type {number[]} */
  const lags = [];
  while (lags.length < tasks) {
    const id = await scene.submit(CHEAP);
    const response = await fetch(`${scene.api.url}/api/v1/tasks/${id}/events`, { headers: scene.tenant.headers });
    const openedAt = Date.now();
    await response.text();
    const arrivedAt = Date.now();
    const { completed } = await scene.completed(id);
    // Otherwise the stream has only replayed what had happened.
    if (openedAt < completed) lags.push(arrivedAt - completed);
  }
  return [
    figure('tasks_event_p50', 'from the end of a task to its event: p50', median(lags), 'ms'),
    figure('tasks_event_p99', 'the same, p99', quantile(lags, 0.99), 'ms', { atMost: 100 }),
  ];
}

/**
 * From the request that cancels an analysis until its DuckDB process is gone.
 *
 * @param {import('./scene.mjs').Scene} scene
 * @param {import('./scene.mjs').Server} worker
 * @param {{ path: string, body: object }} analysis
 */
export async function measureCancel(scene, worker, analysis) {
  const cancels = scene.stage.quick ? 10 : 100;
  tell(`tasks: cancelling ${cancels} analyses`);
  /** @type {number[]} */
  const delays = [];
  for (let count = 0; count < cancels; count += 1) {
    const id = await scene.submit(analysis);
    await scene.until(() => duckDbChildOf(worker.pid));
    // Into its work, but not always to the same place.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
    const requestedAt = performance.now();
    await scene.tenant.post(`/api/v1/tasks/${id}/cancel`, {});
    await scene.until(() => duckDbChildOf(worker.pid) === undefined, 1);
    delays.push(performance.now() - requestedAt);
  }
  return [
    figure('tasks_cancel_p50', 'from a request to cancel until nothing works any more: p50', median(delays), 'ms'),
    figure('tasks_cancel_p99', 'the same, p99', quantile(delays, 0.99), 'ms', { atMost: 250 }),
  ];
}

/** @param {number} pid @returns {number | undefined} the process in which it runs DuckDB */
export function duckDbChildOf(pid) {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return children.find((child) => read(`/proc/${child}/cmdline`).includes('duckdb/child.js'));
}

/** @param {number} pid @returns {number} the most resident memory that it has had, in MiB; 0 if it has ended */
export const peakMebibytesOf = (pid) =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
