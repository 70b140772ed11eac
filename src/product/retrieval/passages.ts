import {
  codePointCounter,
  lineEnd,
  type Block,
  type Span,
  splitBlocks,
  splitSentences,
} from '../../platform/text/index.js';
import { frontMatterEnd } from './front-matter.js';
import { TableHeaders } from './table-headers.js';

/** A passage of a document: the unit of indexing, searching and quoting. */
export interface PassageSpan {
  /** Position in the document, from 0. */
  ordinal: number;
  /** Unicode code points of the content, end exclusive. */
  start: number;
  end: number;
  /** Titles of the headings above the passage, outermost first. */
  headings: string[];
  /** The header row of the table, if the passage begins in the middle of one. */
  tableHeader?: string;
  /** Exactly the code points [start, end) of the content. */
  text: string;
}

/** Words per passage. */
const MIN_WORDS = 80;
const TARGET_WORDS = 200;
const MAX_WORDS = 300;
/** UTF-16 units per passage, whatever the number of words. */
const MAX_LENGTH = 2_500;
/** UTF-16 units of the headings of a passage; the outer headings of a longer path are omitted. */
const MAX_PATH = 600;
/** UTF-16 units searched backwards from a hard cut for a word boundary. */
const CUT_TOLERANCE = 200;

interface Piece extends Span {
  words: number;
  kind: Block['kind'];
  /** Header of the table that it continues. */
  tableHeader?: string;
}

interface Heading extends Span {
  level: number;
  title: string;
  /** True once a passage includes it, above its text or as its text. */
  isTold: boolean;
}

/**
 * Splits Markdown or plain text into passages: along headings, then along blocks and sentences. Every character that is not
 * white space, heading or front matter belongs to exactly one passage. Headings without text below form a passage, too.
 * Linear in the length of the content.
 */
export function splitIntoPassages(content: string): PassageSpan[] {
  const bodyStart = frontMatterEnd(content);
  const codePoints = codePointCounter(content);
  const passages: PassageSpan[] = [];
  const path: Heading[] = [];
  let section: Piece[] = [];

  const add = ({ start, end, tableHeader }: Piece, above: Heading[]): void => {
    const headings = innermost(above.map(({ title }) => title).filter((title) => title !== ''));
    const span = { ordinal: passages.length, start: codePoints(start), end: codePoints(end) };
    passages.push({ ...span, headings, ...(tableHeader && { tableHeader }), text: content.slice(start, end) });
  };
  const closeSection = (): void => {
    for (const piece of packed(section)) add(piece, path);
    if (section.length > 0) for (const heading of path) heading.isTold = true;
    section = [];
  };
  /** Removes from the path the headings that end at the next heading of this level. */
  const leave = (level: number): void => {
    // An empty heading has no words, but those above it may.
    const last = path.findLast(({ title }) => title !== '');
    if (last && last.level >= level && !last.isTold) {
      const from = path.findIndex(({ isTold }) => !isTold);
      const { start } = path[from] as Heading;
      for (const piece of cut(content, { start, end: last.end })) add(wordsOf(content, piece), path.slice(0, from));
      for (const heading of path) heading.isTold = true;
    }
    while ((path.at(-1)?.level ?? 0) >= level) path.pop();
  };

  const tables = new TableHeaders(content);
  for (const block of splitBlocks(content.slice(bodyStart))) {
    const { kind, level = 1, title = '' } = block;
    const span = { kind, start: block.start + bodyStart, end: block.end + bodyStart };
    const tableHeader = tables.above(span);
    if (kind !== 'heading') {
      for (const piece of pieces(content, span)) section.push({ ...piece, ...(tableHeader && { tableHeader }) });
      continue;
    }
    closeSection();
    leave(level);
    path.push({ ...span, level, title: plainTitle(title), isTold: false });
  }
  closeSection();
  leave(1);
  return passages;
}

function wordsOf(content: string, span: Span): Piece {
  return { ...span, kind: 'heading', words: countWords(content, span) };
}

/** The innermost headings within the length limit: each passage stores its own copy. */
function innermost(headings: string[]): string[] {
  let length = 0;
  const from = headings.findLastIndex((title) => (length += title.length) > MAX_PATH);
  return headings.slice(from + 1);
}

/** Joins the pieces of one section, in order, into passages of about the target size. */
function packed(section: Piece[]): Piece[] {
  const passages: Piece[] = [];
  let last: Piece | undefined;
  for (const [index, piece] of section.entries()) {
    const current = last;
    if (current && joins(current, piece, section[index - 1], section.length - index)) {
      current.end = piece.end;
      current.words += piece.words;
    } else {
      last = { ...piece };
      passages.push(last);
    }
  }
  return passages;
}

function joins(current: Piece, piece: Piece, before: Piece | undefined, piecesLeft: number): boolean {
  const words = current.words + piece.words;
  if (piece.end - current.start > MAX_LENGTH || words > MAX_WORDS) return false;
  if (words <= TARGET_WORDS || current.words < MIN_WORDS) return true;
  // Code stays with the sentence that introduces it, and a short rest does not become a passage.
  const illustrates = piece.kind === 'code' && before?.kind === 'paragraph';
  return illustrates || (piecesLeft === 1 && piece.words < MIN_WORDS);
}

/** The block itself if it fits into a passage; otherwise its sentences or lines. A giant line is cut by length. */
function pieces(content: string, block: Span & { kind: Block['kind'] }): Piece[] {
  const { kind } = block;
  const whole = { ...block, words: countWords(content, block) };
  const fits = block.end - block.start <= MAX_LENGTH;
  if (fits && (kind === 'code' || whole.words <= TARGET_WORDS)) return [whole];
  const parts = kind === 'code' || kind === 'table-row' ? lines(content, block) : sentences(content, block);
  return parts
    .flatMap((part) => cut(content, part))
    .map((part) => ({ ...part, kind, words: countWords(content, part) }));
}

function sentences(content: string, { start, end }: Span): Span[] {
  return splitSentences(content.slice(start, end)).map((span) => ({
    start: span.start + start,
    end: span.end + start,
  }));
}

function lines(content: string, { start, end }: Span): Span[] {
  const found: Span[] = [];
  for (let from = start; from < end;) {
    const to = Math.min(end, lineEnd(content, from));
    const line = trimmed(content, from, to);
    if (line.end > line.start) found.push(line);
    from = to;
  }
  return found;
}

/** Splits a stretch beyond the limits at a word boundary if there is one, and never inside a surrogate pair. */
function cut(content: string, { start, end }: Span): Span[] {
  const found: Span[] = [];
  let from = start;
  while (from < end) {
    let to = Math.min(end, from + MAX_LENGTH, wordLimit(content, from, end));
    if (to < end) {
      let space = to;
      while (space > to - CUT_TOLERANCE && !isSpace(content.charCodeAt(space))) space--;
      if (space > to - CUT_TOLERANCE && space > from) to = space;
      else if (content.codePointAt(to - 1)! > 0xffff) to--;
    }
    const part = trimmed(content, from, to);
    if (part.end > part.start) found.push(part);
    from = to;
  }
  return found;
}

/** Index after `MAX_WORDS` words. */
function wordLimit(content: string, start: number, end: number): number {
  let words = 0;
  for (let index = start; index < end; index++) {
    const endsWord = !isSpace(content.charCodeAt(index)) && isSpace(content.charCodeAt(index + 1));
    if (endsWord && ++words === MAX_WORDS) return index + 1;
    if (index - start > MAX_LENGTH) break;
  }
  return end;
}

function countWords(content: string, { start, end }: Span): number {
  let words = 0;
  let inWord = false;
  for (let index = start; index < end; index++) {
    const space = isSpace(content.charCodeAt(index));
    if (!space && !inWord) words++;
    inWord = !space;
  }
  return words;
}

/** White space as defined by `String.prototype.trim`. */
function isSpace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0xa0) return false;
  if (unit === 0xa0 || unit === 0x1680 || unit === 0xfeff || unit === 0x3000) return true;
  return unit >= 0x2000 && (unit <= 0x200a || unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f);
}

function trimmed(content: string, start: number, end: number): Span {
  while (start < end && isSpace(content.charCodeAt(start))) start++;
  while (end > start && isSpace(content.charCodeAt(end - 1))) end--;
  return { start, end };
}

/** A heading as a reader sees it, without marks for code, links, emphasis and anchors. Titles are short. */
function plainTitle(title: string): string {
  return title
    .replace(/<[^<>]*>/g, '')
    .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/\s*\{#[^{}]*\}$/, '')
    .replace(/`|\*\*/g, '')
    .trim();
}
