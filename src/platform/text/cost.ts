/** Milliseconds that it takes at worst to split a text and compare its words: measured on hostile texts, rounded up. */
const PER_UNIT = 0.0008;
const PER_MARK = 0.008;
/** No need to look closer. */
const CERTAINLY_MUCH = 200_000;

/**
 * What reading a text costs at worst, in milliseconds, told from its length and from how many sentences and lines it can have
 * at most. A look at each character, no more.
 */
export function readingCost(text: string): number {
  if (text.length > CERTAINLY_MUCH) return text.length * PER_UNIT;
  const marks = text.match(/[\n\u0085]|\p{Sentence_Terminal}/gu)?.length ?? 0;
  return text.length * PER_UNIT + marks * PER_MARK;
}
