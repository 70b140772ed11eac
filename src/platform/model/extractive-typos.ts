import type { ReadPassage } from './extractive-candidates.js';
import type { Asked } from './extractive-question.js';

/** Maximum number of corrected terms of a question, and their minimum length: short words are too similar. */
const MAX_TYPOS = 6;
const MIN_LENGTH = 4;
/** Letters (of the stem) from which a word may have two errors. */
const LONG_WORD = 7;

/** Words that determine what a question asks for. In the short ones, only swapped letters are corrected. */
const LONG_FORMS = ['default', 'difference', 'between', 'without', 'example', 'compare', 'maximum', 'minimum'];
const SHORT_FORMS = ['how', 'what', 'when', 'where', 'which', 'does', 'many', 'much', 'long', 'often', 'price'];
/** UTF-16 units of a question. A longer one does not depend on a single word. */
const MAX_MENDED = 1_000;
const SWAPPED = new Map(
  SHORT_FORMS.flatMap((form) =>
    Array.from({ length: form.length - 1 }, (_, at): [string, string] => [
      form.slice(0, at) + form.charAt(at + 1) + form.charAt(at) + form.slice(at + 2),
      form,
    ]),
  ).filter(([swapped]) => !SHORT_FORMS.includes(swapped)),
);

/** Corrects misspelt question words, because the question would otherwise seem to ask for something else. */
export function withForms(question: string): string {
  if (question.length > MAX_MENDED) return question;
  return question.replace(/(?<!\p{L})[a-z]{3,12}(?!\p{L})/giu, (word) => {
    const plain = word.toLowerCase();
    const meant =
      SWAPPED.get(plain) ??
      LONG_FORMS.find((form) => plain !== form && !plain.startsWith(form) && differByOne(plain, form));
    return meant ?? word;
  });
}

/**
 * Maps words that no passage has to the nearest ones that some passage has: one letter differs or two are swapped (in a
 * long word, twice). They help to find the sentence, but the rest of the question measures it. Names are never mapped.
 * @returns the places of these words
 */
export function excuseTypos(asked: Asked, passages: ReadPassage[]): Set<number> {
  const suspects = asked.terms
    .map((term, place) => ({ ...term, place }))
    .filter(({ term, isOwn, isName }) => isOwn && !isName && term.length >= MIN_LENGTH && /^\p{L}+$/u.test(term));
  const vocabulary = new Set(
    passages.flatMap(({ sentences, deepest }) => [...deepest, ...sentences.flatMap(({ words }) => words)]),
  );
  const excused = new Set<number>();
  for (const { term, place } of suspects.filter(({ term }) => !vocabulary.has(term)).slice(0, MAX_TYPOS)) {
    for (const word of vocabulary) {
      if (asked.places.has(word) || !isMisspelt(term, word)) continue;
      asked.places.set(word, place);
      excused.add(place);
    }
  }
  return excused;
}

/** Whether a word can be a misspelling of another: with one error, or two in a long word. */
function isMisspelt(word: string, meant: string): boolean {
  if (differByOne(word, meant)) return true;
  return Math.min(word.length, meant.length) >= LONG_WORD && word[0] === meant[0] && differByTwo(word, meant);
}

/** Maximum number of errors in a long word, and any number above it. */
const [MOST_ERRORS, TOO_MANY] = [2, 3];
/** With at most two errors, a letter moves by at most two places. */
const BAND = Array.from({ length: 2 * MOST_ERRORS + 1 }, (_, index) => index);

/**
 * Whether at most two letters are different, missing, additional or swapped (optimal string alignment).
 * The time grows with the length, not with its square: only cells near the diagonal of the table matter.
 */
export function differByTwo(a: string, b: string): boolean {
  let before: number[] = [];
  let last = BAND.map((index) => (index < MOST_ERRORS ? TOO_MANY : index - MOST_ERRORS));
  for (let row = 1; row <= a.length; row++) {
    const now: number[] = [];
    for (const index of BAND) {
      const at = row + index - MOST_ERRORS;
      if (at <= 0 || at > b.length) {
        now.push(at === 0 ? row : TOO_MANY);
        continue;
      }
      const isSame = a[row - 1] === b[at - 1];
      const isSwap = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1];
      now.push(
        Math.min(
          (last[index + 1] ?? TOO_MANY) + 1,
          (now[index - 1] ?? TOO_MANY) + 1,
          (last[index] ?? TOO_MANY) + (isSame ? 0 : 1),
          isSwap ? (before[index] ?? TOO_MANY) + 1 : TOO_MANY,
        ),
      );
    }
    if (Math.min(...now) > MOST_ERRORS) return false;
    [before, last] = [last, now];
  }
  return (last[b.length - a.length + MOST_ERRORS] ?? TOO_MANY) <= MOST_ERRORS;
}

/** Whether one letter is different, missing or additional, or two neighbours are swapped. */
function differByOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [x, y] = [a.slice(start), b.slice(start)];
  if (x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1)) return start > 0;
  return x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2);
}
