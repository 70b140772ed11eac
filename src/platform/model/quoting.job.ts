import type { ThreadJob } from '../threads/index.js';
import type { Quotes } from './extractive-answer.js';
import quote, { type Quoting } from './quoting.thread.js';
import { partRead, readingCost } from '../text/index.js';

/** Milliseconds that each line or sentence takes beyond those of ordinary text: one for so many UTF-16 units. */
const PER_MARK = 0.15;
const UNITS_PER_MARK = 40;

/** What choosing quotes from a text costs at worst, in milliseconds: more than reading it where it is cut into many small parts. */
export function quotingCost(text: string): number {
  const marks = text.match(/[\n\u0085]|\p{Sentence_Terminal}/gu)?.length ?? 0;
  return readingCost(text) + PER_MARK * Math.max(0, marks - text.length / UNITS_PER_MARK);
}

/** Choosing quotes: an ordinary chat has a dozen thousand characters of passages, and the largest ten times as many. */
export const quotingJob: ThreadJob<Quoting, Quotes> = {
  module: 'platform/model/quoting.thread',
  run: quote,
  cost: ({ questions, passages }) =>
    quotingCost([...questions.map(partRead), ...passages.map(({ text }) => text)].join(' ')),
  deadlineSeconds: 5,
};
