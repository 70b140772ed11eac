import type { ThreadJob } from '../../platform/threads/index.js';

/** Nobody waits for it, and a busy machine is slow. */
const DEADLINE_SECONDS = 120;

/** Draws charts as SVG, always in a thread: the libraries alone take a second to load. */
export const chartsJob: ThreadJob<object[], string[]> = {
  module: 'product/analysis/charts.thread',
  run: async (specs) => (await import('./charts.thread.js')).default(specs),
  cost: () => Infinity,
  deadlineSeconds: DEADLINE_SECONDS,
};
