import { readingCost } from '../../platform/text/index.js';
import type { ThreadJob } from '../../platform/threads/index.js';
import prepare, { type Prepared, type Preparation } from './preparation.thread.js';

/** Milliseconds that the headings above a passage and its title take at worst: each passage is found by their words, too. */
const PER_HEADING = 0.1;

/** Splitting a text into passages and finding their words. */
export const preparationJob: ThreadJob<Preparation, Prepared> = {
  module: 'product/retrieval/preparation.thread',
  run: prepare,
  cost: ({ content }) => readingCost(content) + PER_HEADING * (content.match(/^[ \t]{0,3}[#=-]/gm)?.length ?? 0),
  deadlineSeconds: 20,
};
