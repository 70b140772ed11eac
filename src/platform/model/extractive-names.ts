export const WORD = /[\p{L}\p{N}][\p{L}\p{N}_$.'’-]*/gu;
/** Words that can be next to any name. */
const COMMON = new Set([
  'in',
  'of',
  'for',
  'to',
  'at',
  'on',
  'by',
  'with',
  'from',
  'and',
  'or',
  'is',
  'are',
  'a',
  'an',
]);

/** A word of a question with a capital or a digit. Its neighbours identify other things of its kind. */
export interface NamedThing {
  place: number;
  before: string | undefined;
  after: string | undefined;
}

/** A name in a text, with its neighbours in lower case. */
export interface NameInText {
  word: string;
  before: string | undefined;
  after: string | undefined;
}

export function namesWithNeighbours(text: string): NameInText[] {
  const words = [...text.matchAll(WORD)];
  return words.flatMap(({ 0: word }, at) => {
    if (!/^\p{Lu}|\p{N}/u.test(word)) return [];
    return [{ word, before: neighbour(words[at - 1]?.[0]), after: neighbour(words[at + 1]?.[0]) }];
  });
}

function neighbour(word: string | undefined): string | undefined {
  const plain = word?.toLowerCase();
  return plain === undefined || COMMON.has(plain) ? undefined : plain;
}

/** The cells of a row, without the bars at its ends. */
export function cellsOf(row: string): string[] {
  return row
    .replace(/^\s*\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
