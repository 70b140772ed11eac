import { quotingCost } from '../../platform/model/index.js';
import { readingCost } from '../../platform/text/index.js';
import type { ThreadJob } from '../../platform/threads/index.js';
import resolve, { type Resolution, type Resolved } from './sources.thread.js';

/** Worst-case milliseconds per citation, and per character of the statement compared. */
const PER_CITATION = 0.1;
const PER_COMPARISON = 0.0004;
const MAX_STATEMENT = 3_000;
/** Length from which the cost is not computed. */
const CERTAINLY_MUCH = 100_000;

/** Finds the sources of an answer and the confidence in them. */
export const sourcesJob: ThreadJob<Resolution, Resolved> = {
  module: 'product/chat/sources.thread',
  run: resolve,
  cost: ({ answer, passages }) => {
    if (answer.length > CERTAINLY_MUCH) return Infinity;
    const citations = answer.match(/\d\s*[\]］〕)）,;–-]|】|[⁰¹²³⁴-⁹]/g)?.length ?? 0;
    const perCitation = PER_CITATION + Math.min(answer.length, MAX_STATEMENT) * PER_COMPARISON;
    // Every passage is read: the terms rare among them determine how much of the question a source covers.
    return readingCost(answer) + citations * perCitation + quotingCost(passages.map(({ text }) => text).join(' '));
  },
  deadlineSeconds: 10,
};
