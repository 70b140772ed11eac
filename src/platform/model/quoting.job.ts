import type { ThreadJob } from '../threads/index.js';
import type { Quotes } from './extractive-answer.js';
import quote, { type Quoting } from './quoting.thread.js';
import { partRead, readingCost } from '../text/index.js';

/** Milliseconds for each line or sentence beyond one per `UNITS_PER_MARK` UTF-16 units, as in ordinary text. */
const PER_MARK = 0.15;
const UNITS_PER_MARK = 40;

/** Worst-case time to choose quotes from a text, in milliseconds. Many small parts cost more than reading does. */
export function quotingCost(text: string): number {
  const marks = text.match(/[\n\u0085]|\p{Sentence_Terminal}/gu)?.length ?? 0;
  return readingCost(text) + PER_MARK * Math.max(0, marks - text.length / UNITS_PER_MARK);
}

/** Choosing quotes: an ordinary chat has about twelve thousand characters of passages, and the largest ten times as many. */
export const quotingJob: ThreadJob<Quoting, Quotes> = {
  module: 'platform/model/quoting.thread',
  run: quote,
  cost: ({ questions, passages }) =>
    quotingCost([...questions.map(partRead), ...passages.map(({ text }) => text)].join(' ')),
  deadlineSeconds: 5,
};
