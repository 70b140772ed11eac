import type { ReadPassage } from './extractive-candidates.js';
import type { Asked } from './extractive-question.js';

/** Terms of a question that are looked at, and their shortest length: short words are too much alike. */
const MAX_TYPOS = 6;
const MIN_LENGTH = 4;
/** Letters of a word (of its stem) from which it may have two errors. */
const LONG_WORD = 7;

/** Words by which a question says what it wants, long ones and short ones: the latter are mended where two letters are swapped. */
const LONG_FORMS = ['default', 'difference', 'between', 'without', 'example', 'compare', 'maximum', 'minimum'];
const SHORT_FORMS = ['how', 'what', 'when', 'where', 'which', 'does', 'many', 'much', 'long', 'often', 'price'];
/** UTF-16 units of a question: who writes more than this asks in more than one word. */
const MAX_MENDED = 1_000;
const SWAPPED = new Map(
  SHORT_FORMS.flatMap((form) =>
    Array.from({ length: form.length - 1 }, (_, at): [string, string] => [
      form.slice(0, at) + form.charAt(at + 1) + form.charAt(at) + form.slice(at + 2),
      form,
    ]),
  ).filter(([swapped]) => !SHORT_FORMS.includes(swapped)),
);

/** A question with the words that it asks by as they are spelt: else it would seem to ask for something else. */
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
 * Lets words that no passage has stand for the nearest one that some has, if one letter differs or two are swapped (of a long
 * word, twice): they help to find the sentence. What it is measured by is the rest of the question. Names stand for nothing else.
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

/** Whether a word may be meant by another: by one error, or of a long word by two. */
function isMisspelt(word: string, meant: string): boolean {
  if (differByOne(word, meant)) return true;
  return Math.min(word.length, meant.length) >= LONG_WORD && word[0] === meant[0] && differByTwo(word, meant);
}

/** Errors that a long word may have, and any number above. */
const [MOST_ERRORS, TOO_MANY] = [2, 3];
/** A word with at most two errors is compared with places at most two letters away. */
const BAND = Array.from({ length: 2 * MOST_ERRORS + 1 }, (_, index) => index);

/**
 * Whether at most two letters differ, are missing or too much, or are neighbours that are swapped (optimal string alignment).
 * Takes time in proportion to the length: only the cells near the diagonal of the table can matter.
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

/** Whether one letter differs, is missing, or is too much, or two neighbours are swapped. */
function differByOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [x, y] = [a.slice(start), b.slice(start)];
  if (x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1)) return start > 0;
  return x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2);
}
