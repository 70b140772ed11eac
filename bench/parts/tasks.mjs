import { addOrders, measureAnalysis } from '../tasks/analysis.mjs';
import { measureCancel, measureEvents } from '../tasks/ends.mjs';
import { measureFairness } from '../tasks/fairness.mjs';
import { Scene, SLOTS } from '../tasks/scene.mjs';
import { measureStatus } from '../tasks/status.mjs';
import { measureThroughput } from '../tasks/throughput.mjs';

/**
 * Background tasks: throughput beside Bull, the status call among many, an analysis beside bare DuckDB, turns, events and
 * cancelling.
 *
 * @param {import('../lib/stage.mjs').Stage} stage
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<import('../lib/report.mjs').Section>}
 */
export async function measureTasks(stage, defer) {
  const scene = await Scene.open(stage, defer);
  const throughput = await measureThroughput(scene);
  const worker = await scene.startWorker();
  const events = await measureEvents(scene);
  const orders = await addOrders(scene, defer);
  const analysis = await measureAnalysis(scene, worker, orders);
  const cancel = await measureCancel(scene, worker, orders.task);
  await worker.stop();
  const fairness = await measureFairness(scene);
  await scene.api.stop();
  const status = await measureStatus(stage, defer);
  return {
    title: `Tasks: one API and one worker with ${SLOTS} slots`,
    figures: [...throughput, ...status, ...analysis, ...fairness, ...events, ...cancel],
  };
}
