import { readingCost } from '../../platform/text/index.js';
import type { ThreadJob } from '../../platform/threads/index.js';
import prepare, { type Prepared, type Preparation } from './preparation.thread.js';

/** Worst-case milliseconds for the title and headings of a passage, whose words are indexed with each passage. */
const PER_HEADING = 0.1;

/** Splits a text into passages and finds their words. */
export const preparationJob: ThreadJob<Preparation, Prepared> = {
  module: 'product/retrieval/preparation.thread',
  run: prepare,
  cost: ({ content }) => readingCost(content) + PER_HEADING * (content.match(/^[ \t]{0,3}[#=-]/gm)?.length ?? 0),
  deadlineSeconds: 20,
};
