/** A word that may precede the number of a citation. */
const WORD = String.raw`(?:(?:see|cf\.)\s)?(?:passages?|sources?|documents?|docs?|references?|refs?|citations?|quellen?|fuentes?)\.?\s{0,3}:?\s{0,3}`;
const NUMBER = String.raw`[#^]?\d{1,6}`;
const BETWEEN = String.raw`\s{0,3}(?:[-–—‑~,;&]|and|to|und|et|y)\s{0,3}`;
const listOf = (word: string): string => `${word}${NUMBER}(?:${BETWEEN}(?:${WORD})?${NUMBER})*`;
const ANY_LIST = String.raw`\s{0,3}${listOf(`(?:${WORD})?`)}\s{0,3}`;
const WORDED_LIST = String.raw`\s{0,3}${listOf(WORD)}\s{0,3}`;
const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/**
 * The spellings of a citation: `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `[Passage 2]`, `(source 2)`, the same in full-width brackets,
 * `【1†source】`, and superscripts after a word or a sign, except those of a unit or a power.
 */
export const MARKER = new RegExp(
  [
    String.raw`\[${ANY_LIST}\](?!\()`,
    String.raw`［${ANY_LIST}］`,
    String.raw`〔${ANY_LIST}〕`,
    String.raw`【[^【】\n]{1,40}】`,
    String.raw`[(（]${WORDED_LIST}[)）]`,
    String.raw`(?<=\p{L}{3}|[\p{P}${SUPERSCRIPT}]\s?)[${SUPERSCRIPT}]{1,6}(?:[⁻˒,][${SUPERSCRIPT}]{1,6})*`,
  ].join('|'),
  'giu',
);
const RANGE = /(\d+)\s{0,3}(?:[-–—‑~⁻]|to)\s{0,3}[#^]?(\d+)|\d+/gi;
const MAX_RANGE = 50;

/** The numbers that a mark cites, with their positions in the answer. */
export function numbersIn(mark: string, isKnown: (id: number) => boolean): { id: number; at: number }[] {
  const isRaised = SUPERSCRIPT.includes(mark.charAt(0));
  const [text = ''] = plainDigits(mark).split('†', 1);
  return [...text.matchAll(RANGE)].flatMap(({ 0: found, 1: first, 2: last, index: at }) => {
    const ids = first === undefined ? [Number(found)] : range(Number(first), Number(last));
    // "¹²" after one word cites 1 and 2 if there is no 12.
    const isRow = isRaised && ids.length === 1 && found.length > 1 && !isKnown(Number(found));
    // In their order within the mark.
    return (isRow ? [...found].map(Number) : ids).map((id, order) => ({ id, at: at + order / (MAX_RANGE + 1) }));
  });
}

const range = (first: number, last: number): number[] =>
  last > first && last - first < MAX_RANGE
    ? Array.from({ length: last - first + 1 }, (_, index) => first + index)
    : [first, last];

const plainDigits = (text: string): string =>
  text.replace(new RegExp(`[${SUPERSCRIPT}]`, 'g'), (digit) => String(SUPERSCRIPT.indexOf(digit)));
