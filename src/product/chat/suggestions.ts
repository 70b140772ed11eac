// Imported directly: a worker thread loads this file and not the whole module.
import { addressesModel } from '../../platform/model/index.js';
import { splitSentences, type Span } from '../../platform/text/index.js';
import { toSource, type RetrievedPassage, type Source } from './sources.js';

const MAX_SUGGESTIONS = 3;
/** UTF-16 units of a passage that are shown: whole sentences, unless the first one is longer. */
const MAX_EXCERPT = 600;

/** Further reading when there is no answer: the beginnings of the closest passages, except those that address a model. */
export function suggestionsFrom(passages: RetrievedPassage[]): Source[] {
  return passages
    .filter(({ text }) => !addressesModel(text))
    .slice(0, MAX_SUGGESTIONS)
    .map((passage) => toSource(passage, excerptOf(passage.text)));
}

function excerptOf(text: string): Span {
  const sentences = splitSentences(text);
  const start = sentences[0]?.start ?? 0;
  const whole = sentences.findLast(({ end }) => end - start <= MAX_EXCERPT);
  if (whole) return { start, end: whole.end };
  const end = start + MAX_EXCERPT;
  const isHalved = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return { start, end: isHalved ? end - 1 : end };
}
