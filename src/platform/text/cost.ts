/**
 * Worst-case milliseconds per UTF-16 unit to split a text and compare its words: measured on hostile texts, rounded up.
 */
const PER_UNIT = 0.0008;
const PER_MARK = 0.008;
/** Without spaces between words, they are looked up in a dictionary. */
const PER_UNIT_UNSPACED = 0.0025;
const UNSPACED =
  /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Above this no closer look is needed. */
const CERTAINLY_MUCH = 200_000;

/**
 * Worst-case time to process a text, in milliseconds. Estimated from its length and the largest possible number of
 * sentences and lines, with one look at each character.
 */
export function readingCost(text: string): number {
  const perUnit = UNSPACED.test(text) ? PER_UNIT_UNSPACED : PER_UNIT;
  if (text.length > CERTAINLY_MUCH) return text.length * perUnit;
  const marks = text.match(/[\n\u0085]|\p{Sentence_Terminal}/gu)?.length ?? 0;
  return text.length * perUnit + marks * PER_MARK;
}
