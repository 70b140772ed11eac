import { readingCost } from '../../platform/text/index.js';
import type { ThreadJob } from '../../platform/threads/index.js';
import type { Source } from './sources.js';
import resolve, { type Resolution } from './sources.thread.js';

/** Milliseconds that a citation takes at worst, and a look for each of the statement's characters. */
const PER_CITATION = 0.1;
const PER_COMPARISON = 0.0004;
const MAX_STATEMENT = 3_000;
/** No need to look closer. */
const CERTAINLY_MUCH = 100_000;

/** Finding what an answer rests on. */
export const sourcesJob: ThreadJob<Resolution, Source[]> = {
  module: 'product/chat/sources.thread',
  run: resolve,
  cost: ({ answer, passages }) => {
    if (answer.length > CERTAINLY_MUCH) return Infinity;
    const citations = answer.match(/\d\s*[\]］〕)）,;–-]|】|[⁰¹²³⁴-⁹]/g)?.length ?? 0;
    const perCitation = PER_CITATION + Math.min(answer.length, MAX_STATEMENT) * PER_COMPARISON;
    // Without citations every passage is read.
    const share = citations === 0 ? 1 : Math.min(1, citations / passages.length);
    return (
      readingCost(answer) + citations * perCitation + share * readingCost(passages.map(({ text }) => text).join(' '))
    );
  },
  deadlineSeconds: 10,
};
