import { quotingCost, type Statement } from '../../platform/model/index.js';
import { readingCost } from '../../platform/text/index.js';
import type { ThreadJob } from '../../platform/threads/index.js';
import find, { type Finding } from './finding.thread.js';
import group, { type Grouping, type PlacedSentence } from './grouping.thread.js';
import plan, { type Planning } from './plan.thread.js';
import type { PlannedQuestion } from './research.types.js';

/** Nobody waits for it, and a busy machine is slow. */
const DEADLINE_SECONDS = 120;
/** Worst-case milliseconds to read a sentence as a claim, and to compare it with another one. */
const PER_CLAIM = 0.5;
const PER_PAIR = 0.02;

export const planJob: ThreadJob<Planning, PlannedQuestion[]> = {
  module: 'product/research/plan.thread',
  run: plan,
  cost: ({ topic, passages }) => 2 * readingCost([topic, ...passages.map(({ text }) => text)].join(' ')),
  deadlineSeconds: DEADLINE_SECONDS,
};

export const findingJob: ThreadJob<Finding, Statement[]> = {
  module: 'product/research/finding.thread',
  run: find,
  cost: ({ passages }) => quotingCost(passages.map(({ text }) => text).join(' ')),
  deadlineSeconds: DEADLINE_SECONDS,
};

export const groupingJob: ThreadJob<PlacedSentence[], Grouping> = {
  module: 'product/research/grouping.thread',
  run: group,
  cost: ({ length }) => length * PER_CLAIM + length ** 2 * PER_PAIR,
  deadlineSeconds: DEADLINE_SECONDS,
};
