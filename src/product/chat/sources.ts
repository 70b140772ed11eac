import {
  codePointLength,
  inlineCodeSpans,
  NO_ANSWER,
  splitBlocks,
  splitSentences,
  terms,
  type Span,
} from '../../platform/model/index.js';
import type { FoundPassage } from '../knowledge/index.js';

/** A passage given to the model. */
export interface RetrievedPassage extends FoundPassage {
  /** The citation number, shown as `[id]`. */
  id: number;
}

/** What an answer rests on: `text` stands verbatim at the code points [start, end) of the document's version. */
export interface Source extends Omit<FoundPassage, 'headings'> {
  /** The number that cites it in the answer, as `[n]`. */
  citation: number;
}

/** Share of an uncited statement's terms that one sentence must hold to count as its source, and how many it needs. */
const UNCITED_OVERLAP = 0.6;
const UNCITED_TERMS = 4;
/** Share of a cited statement's terms that each further sentence must add to the best one. */
const ADDED_OVERLAP = 0.2;
const MAX_SENTENCES = 3;
/** Words between quotation marks from which a fragment counts as a quote. */
const QUOTE_WORDS = 4;

const MARKER = /\[\s*\d{1,6}(?:\s*[,;]\s*\d{1,6})*\s*\](?!\()|【[^【】\n]{1,40}】/g;

/** A statement of an answer with the citation numbers it carries; `at` is the number's position in the answer. */
interface Citation {
  statement: string;
  numbers: { id: number; at: number }[];
}

interface PassageSentence {
  passage: RetrievedPassage;
  span: Span;
  words: Set<string>;
}

/** A span of a passage's text, in UTF-16 indices, and where the answer first rests on it. */
interface Support extends Span {
  at: number;
}

/** Whether the answer says that there is none. */
export function isNoAnswer(answer: string): boolean {
  if (answer.length > 10 * NO_ANSWER.length) return answer.trim() === '';
  const said = answer
    .replace(MARKER, '')
    .replace(/\s+/g, ' ')
    .replace(/^["'“ ]+|["'” ]+$/g, '');
  return said === '' || said.toLowerCase() === NO_ANSWER.toLowerCase();
}

/**
 * The smallest verbatim spans of the passages that support the statements citing them: the quote itself, otherwise the
 * sentences with the best overlap of terms. In the order of their first citation. An answer without any citation gets
 * as sources the sentences that clearly say the same, or none.
 */
export function resolveSources(answer: string, passages: RetrievedPassage[]): Source[] {
  if (isNoAnswer(answer)) return [];
  const { citations, hasMarkers } = citationsIn(answer);
  const supports = new Map<RetrievedPassage, Support[]>();
  const add = (passage: RetrievedPassage, spans: Span[], at: number): void => {
    const known = supports.get(passage) ?? [];
    supports.set(passage, [...known, ...spans.map((span) => ({ ...span, at }))]);
  };
  for (const { statement, numbers } of citations) {
    for (const { id, at } of numbers) {
      const passage = passages.find((candidate) => candidate.id === id);
      if (passage) add(passage, supportFor(statement, passage), at);
    }
  }
  if (!hasMarkers) {
    const sentences = passages.flatMap(sentencesOf);
    for (const { start, end } of splitSentences(answer)) {
      const found = uncitedSupport(answer.slice(start, end), sentences);
      if (found) add(found.passage, [found.span], start);
    }
  }
  return [...supports]
    .flatMap(([passage, spans]) => merged(passage.text, spans).map((span) => ({ passage, span })))
    .sort((a, b) => a.span.at - b.span.at || a.span.start - b.span.start)
    .map(({ passage, span }) => toSource(passage, span));
}

function citationsIn(answer: string): { citations: Citation[]; hasMarkers: boolean } {
  const code = [
    ...splitBlocks(answer).filter(({ kind }) => kind === 'code'),
    ...inlineCodeSpans(answer, { start: 0, end: answer.length }),
  ];
  const markers = [...answer.matchAll(MARKER)].filter(
    ({ index }) => !code.some(({ start, end }) => index >= start && index < end),
  );
  const citations: Citation[] = [];
  let statementStart = 0;
  for (const { 0: marker, index } of markers) {
    const numbers = [...marker.matchAll(/\d+/g)].map((match) => ({ id: Number(match[0]), at: index + match.index }));
    const between = answer.slice(statementStart, index);
    const previous = citations.at(-1);
    // "[1][2]" and "[1] [2]" cite the same statement.
    if (previous && /^[\s,;]*$/.test(between)) previous.numbers.push(...numbers);
    else citations.push({ statement: lastBlock(between), numbers });
    statementStart = index + marker.length;
  }
  return { citations, hasMarkers: markers.length > 0 };
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

function supportFor(statement: string, passage: RetrievedPassage): Span[] {
  const { text } = passage;
  const quotes = [statement, ...quotedFragments(statement)].flatMap((quote) => verbatim(quote, text) ?? []);
  if (quotes.length > 0) return quotes;
  const bySentence = splitSentences(statement).flatMap(
    ({ start, end }) => verbatim(statement.slice(start, end), text) ?? [],
  );
  if (bySentence.length > 0) return bySentence;
  const similar = similarSentences(statement, passage);
  // Nothing in common: another language perhaps. Then the passage as a whole is what was cited.
  return similar.length > 0 ? similar : [{ start: 0, end: text.length }];
}

function quotedFragments(statement: string): string[] {
  return [...statement.matchAll(/["“«]([^"“”«»]+)["”»]/g)]
    .map(([, quote = '']) => quote)
    .filter((quote) => quote.trim().split(/\s+/).length >= QUOTE_WORDS);
}

/** Where `quote` stands in `text`, no matter how white space is wrapped and whether list or quote marks lead it. */
function verbatim(quote: string, text: string): Span | undefined {
  const exact = text.indexOf(quote);
  if (exact >= 0 && isStatement(quote)) return { start: exact, end: exact + quote.length };
  const wanted = collapsed(quote.replace(/^(?:[-*+>]|\d+[.)])\s+/, '').replace(/^["“]|["”]$/g, ''));
  if (!isStatement(wanted.text)) return undefined;
  const given = collapsed(text);
  const found = given.text.indexOf(wanted.text);
  if (found < 0) return undefined;
  return { start: given.indexOf(found), end: given.indexOf(found + wanted.text.length - 1) + 1 };
}

/** A single word says nothing that could be quoted. */
function isStatement(text: string): boolean {
  return /[\p{L}\p{N}]\P{L}+[\p{L}\p{N}]|\p{L}{2}.*\p{Lo}/su.test(text.trim());
}

/** The text with white space collapsed to single blanks, and the way back to the indices of the original. */
function collapsed(text: string): { text: string; indexOf: (index: number) => number } {
  const indices: number[] = [];
  let result = '';
  for (const { 0: part, index } of text.trim() === '' ? [] : text.matchAll(/\S+|\s+/g)) {
    const isSpace = part.trim() === '';
    if (isSpace && (result === '' || index + part.length === text.length)) continue;
    result += isSpace ? ' ' : part;
    for (let offset = 0; offset < (isSpace ? 1 : part.length); offset++) indices.push(index + offset);
  }
  return { text: result, indexOf: (index) => indices[index] ?? text.length };
}

/** The sentences that together hold most of the statement's terms, greedily. */
function similarSentences(statement: string, passage: RetrievedPassage): Span[] {
  const missing = new Set(terms(statement));
  const total = missing.size;
  const sentences = sentencesOf(passage);
  const chosen: Span[] = [];
  while (chosen.length < MAX_SENTENCES && missing.size > 0) {
    let best: PassageSentence | undefined;
    let bestScore = 0;
    for (const sentence of sentences) {
      const shared = [...missing].filter((term) => sentence.words.has(term)).length;
      // Of two sentences with as much in common, the shorter one is the better proof.
      const score = shared === 0 ? 0 : shared - sentence.words.size / 1_000;
      if (score > bestScore) [best, bestScore] = [sentence, score];
    }
    if (!best || (chosen.length > 0 && bestScore < ADDED_OVERLAP * total)) break;
    chosen.push(best.span);
    for (const term of best.words) missing.delete(term);
  }
  return chosen;
}

/** The sentence of a passage that says most of the statement, if it clearly does. */
function uncitedSupport(statement: string, sentences: PassageSentence[]): PassageSentence | undefined {
  const wanted = new Set(terms(statement));
  if (wanted.size < UNCITED_TERMS) return undefined;
  let found: PassageSentence | undefined;
  let bestOverlap = 0;
  for (const sentence of sentences) {
    const overlap = [...wanted].filter((term) => sentence.words.has(term)).length / wanted.size;
    if (overlap >= UNCITED_OVERLAP && overlap > bestOverlap) [found, bestOverlap] = [sentence, overlap];
  }
  return found;
}

function sentencesOf(passage: RetrievedPassage): PassageSentence[] {
  return splitSentences(passage.text).map(({ start, end }) => {
    const words = new Set(terms(passage.text.slice(start, end)));
    return { passage, span: { start, end }, words };
  });
}

/** Joins spans that overlap or are separated by white space only. */
function merged(text: string, spans: Support[]): Support[] {
  const result: Support[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = result.at(-1);
    if (last && text.slice(last.end, Math.max(last.end, span.start)).trim() === '') {
      last.end = Math.max(last.end, span.end);
      last.at = Math.min(last.at, span.at);
    } else {
      result.push({ ...span });
    }
  }
  return result;
}

function toSource({ id, documentId, version, title, score, text, start }: RetrievedPassage, span: Span): Source {
  const from = start + codePointLength(text, 0, span.start);
  const quote = text.slice(span.start, span.end);
  return {
    citation: id,
    documentId,
    version,
    title,
    text: quote,
    score,
    start: from,
    end: from + codePointLength(quote),
  };
}
