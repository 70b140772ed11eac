// Not through the whole module: a thread loads this.
import { addressesModel } from '../../platform/model/index.js';
import { splitSentences, type Span } from '../../platform/text/index.js';
import { toSource, type RetrievedPassage, type Source } from './sources.js';

const MAX_SUGGESTIONS = 3;
/** UTF-16 units of a passage that are shown: whole sentences, if the first one is not longer. */
const MAX_EXCERPT = 600;

/** Where to read on when there is no answer: the beginnings of the closest passages, but none that speaks to a model. */
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
