import { confidenceOf } from '../../platform/model/index.js';
import { isNoAnswer, resolveSources, type RetrievedPassage, type Source } from './sources.js';
import { suggestionsFrom } from './suggestions.js';

export interface Resolution {
  /** The user's messages, oldest first. */
  questions: string[];
  answer: string;
  passages: RetrievedPassage[];
}

export interface Resolved {
  sources: Source[];
  /** Further reading, for an answer that found nothing. */
  suggestions: Source[];
  /** Probability that the sources answer the question, 0-1. */
  confidence: number;
}

export default ({ questions, answer, passages }: Resolution): Resolved => {
  if (isNoAnswer(answer)) return { sources: [], suggestions: suggestionsFrom(passages), confidence: 0 };
  const sources = resolveSources(answer, passages);
  const quoted = sources.map(({ citation, text }) => ({ passageId: citation, text }));
  return { sources, suggestions: [], confidence: confidenceOf(questions, passages, quoted) };
};
