import { inlineCodeSpans, splitBlocks, type Span } from '../../platform/text/index.js';

export const MARKER = /\[\s*\d{1,6}(?:\s*[,;]\s*\d{1,6})*\s*\](?!\()|【[^【】\n]{1,40}】/g;

/** A statement of an answer with the citation numbers it carries; `at` is the number's position in the answer. */
export interface Citation {
  statement: string;
  /** Where each passage is cited first. */
  numbers: Map<number, number>;
}

/** UTF-16 units before a number in brackets by which it is recognized as text of a passage. */
const BEFORE = 8;

/**
 * The citations of an answer, apart from what stands in its code, and from numbers in brackets that a quote brings along:
 * those of footnotes and arrays.
 */
export function citationsIn(answer: string, quotable: string[] = []): { citations: Citation[]; hasMarkers: boolean } {
  const bracketed = new Set(
    quotable.flatMap((text) =>
      [...text.matchAll(MARKER)].map(({ 0: marker, index }) => withBefore(text, marker, index)),
    ),
  );
  const isBlockCode = within(splitBlocks(answer).filter(({ kind }) => kind === 'code'));
  const isInlineCode = within(inlineCodeSpans(answer, { start: 0, end: answer.length }));
  const markers = [...answer.matchAll(MARKER)].filter(({ 0: marker, index }) => {
    const [inBlock, inLine] = [isBlockCode(index), isInlineCode(index)];
    return !inBlock && !inLine && !bracketed.has(withBefore(answer, marker, index));
  });
  const citations: Citation[] = [];
  let statementStart = 0;
  for (const { 0: marker, index } of markers) {
    const between = answer.slice(statementStart, index);
    const previous = citations.at(-1);
    // "[1][2]" and "[1] [2]" cite the same statement.
    const isFurther = previous && /^[\s,;]*$/.test(between);
    const numbers = isFurther ? previous.numbers : new Map<number, number>();
    if (!isFurther) citations.push({ statement: lastBlock(between), numbers });
    for (const match of marker.matchAll(/\d+/g)) {
      const id = Number(match[0]);
      if (!numbers.has(id)) numbers.set(id, index + match.index);
    }
    statementStart = index + marker.length;
  }
  return { citations, hasMarkers: markers.length > 0 };
}

const withBefore = (text: string, marker: string, index: number): string =>
  text.slice(Math.max(0, index - BEFORE), index + marker.length);

/** Tells whether an index is within one of the spans, which are in order. To be asked in ascending order. */
function within(spans: Span[]): (index: number) => boolean {
  let passed = 0;
  return (index) => {
    while ((spans[passed]?.end ?? Infinity) <= index) passed++;
    return (spans[passed]?.start ?? Infinity) <= index;
  };
}

/** A citation speaks for its paragraph, list item or code block, not for the ones before it. */
function lastBlock(text: string): string {
  const blocks = splitBlocks(text).filter(({ start, end }) => /[\p{L}\p{N}]/u.test(text.slice(start, end)));
  const block = blocks.at(-1);
  return block
    ? text
        .slice(block.start, block.end)
        .replace(/^[.,;:!?)\s]+/, '')
        .trim()
    : '';
}
