import { inlineCodeSpans, splitBlocks, type Span } from '../../platform/text/index.js';
import { MARKER, numbersIn } from './citation-marks.js';

/** UTF-16 units beside a mark that are compared to decide whether the mark is quoted from a passage. */
const BESIDE = 20;
/** Limit of marks examined: far more than an answer needs. */
const MAX_MARKS = 2_000;

/** A passage that an answer can cite. */
interface Citable {
  id: number;
  text: string;
}

/** A statement of an answer with the citation numbers it carries; `at` is the number's position in the answer. */
export interface Citation {
  statement: string;
  /** Position of the first citation of each passage. */
  numbers: Map<number, number>;
}

/** The citations of an answer. Marks in code, and marks copied from a passage, are not citations. */
export function citationsIn(answer: string, passages: Citable[]): { citations: Citation[]; hasMarkers: boolean } {
  const ids = new Set(passages.map(({ id }) => id));
  const isQuoted = quotedFrom(passages);
  const isBlockCode = within(splitBlocks(answer).filter(({ kind }) => kind === 'code'));
  const isInlineCode = within(inlineCodeSpans(answer, { start: 0, end: answer.length }));
  const markers = [...answer.matchAll(MARKER)].slice(0, MAX_MARKS).filter(({ 0: marker, index }) => {
    const [inBlock, inLine] = [isBlockCode(index), isInlineCode(index)];
    return !inBlock && !inLine && !isQuoted(answer, index, index + marker.length);
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
    for (const { id, at } of numbersIn(marker, (number) => ids.has(number))) {
      if (!numbers.has(id)) numbers.set(id, index + at);
    }
    statementStart = index + marker.length;
  }
  return { citations, hasMarkers: markers.length > 0 };
}

/** Returns true if a mark occurs in a passage beside the same words: then it is a footnote or an index of that text. */
function quotedFrom(passages: Citable[]): (answer: string, start: number, end: number) => boolean {
  const text = passages.map((passage) => withSingleBlanks(passage.text)).join('\n');
  return (answer, start, end) => {
    const before = answer.slice(Math.max(0, start - BESIDE), end);
    const after = answer.slice(start, end + BESIDE);
    const beside = /[\p{L}\p{N}]/u.test(answer.slice(Math.max(0, start - BESIDE), start)) ? before : after;
    return beside.length > end - start && text.includes(withSingleBlanks(beside));
  };
}

const withSingleBlanks = (text: string): string => text.replace(/\s+/g, ' ');

/** Returns true if an index is within one of the spans. Spans must be sorted, and indices passed in ascending order. */
function within(spans: Span[]): (index: number) => boolean {
  let passed = 0;
  return (index) => {
    while ((spans[passed]?.end ?? Infinity) <= index) passed++;
    return (spans[passed]?.start ?? Infinity) <= index;
  };
}

/** A citation covers its paragraph, list item or code block, not the ones before it. */
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
