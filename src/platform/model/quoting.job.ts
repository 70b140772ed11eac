import type { ThreadJob } from '../threads/index.js';
import type { Quotes } from './extractive-answer.js';
import quote, { type Quoting } from './quoting.thread.js';
import { partRead, readingCost } from '../text/index.js';

/** Choosing quotes: an ordinary chat has a dozen thousand characters of passages, and the largest ten times as many. */
export const quotingJob: ThreadJob<Quoting, Quotes> = {
  module: 'platform/model/quoting.thread',
  run: quote,
  cost: ({ questions, passages }) =>
    readingCost([...questions.map(partRead), ...passages.map(({ text }) => text)].join(' ')),
  deadlineSeconds: 5,
};
