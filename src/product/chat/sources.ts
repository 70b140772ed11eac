// Imported directly: a worker thread loads this file and not the whole module.
import { NO_ANSWER } from '../../platform/model/index.js';
import { codePointLength, languageOf, splitSentences, terms, type Span } from '../../platform/text/index.js';
import type { FoundPassage } from '../retrieval/index.js';
import { MARKER } from './citation-marks.js';
import { citationsIn } from './citations.js';

/** A passage given to the model. */
export interface RetrievedPassage extends FoundPassage {
  /** The citation number, shown as `[id]`. */
  id: number;
}

/** A source of an answer: `text` is verbatim the code points [start, end) of the document's version. */
export interface Source extends Omit<FoundPassage, 'headings'> {
  /** The number of its citation in the answer, as `[n]`. */
  citation: number;
}

/** Share of an uncited statement's terms that one sentence must contain to count as its source, and the minimum number. */
const UNCITED_OVERLAP = 0.6;
const UNCITED_TERMS = 4;
/** Share of a cited statement's terms that each further sentence must add to the best one. */
const ADDED_OVERLAP = 0.2;
const MAX_SENTENCES = 3;
/** Words between quotation marks from which a fragment counts as a quote. */
const QUOTE_WORDS = 4;
/**
 * Limits of the work, far beyond what an answer needs: pairs of a statement and a passage that it cites, statements of an
 * answer without citations, quotes or sentences per statement, UTF-16 units per statement, and sources in total.
 */
const MAX_CITED = 200;
const MAX_UNCITED = 200;
const MAX_PARTS = 40;
const MAX_STATEMENT = 3_000;
const MAX_SOURCES = 200;

/** A statement, prepared for the search in each passage that it cites. */
interface Statement {
  text: string;
  quotes: string[];
  sentences: string[];
  words: Set<string>;
}

interface PassageSentence {
  passage: RetrievedPassage;
  span: Span;
  words: Set<string>;
}

/** A passage, prepared for the search for statements; each part is computed on first use. */
class ReadPassage {
  private collapsedText: Collapsed | undefined;
  private readSentences: PassageSentence[] | undefined;

  constructor(
    readonly passage: RetrievedPassage,
    private readonly language: string,
  ) {}

  get collapsed(): Collapsed {
    return (this.collapsedText ??= collapsed(this.passage.text));
  }

  get sentences(): PassageSentence[] {
    return (this.readSentences ??= sentencesOf(this.passage, this.language));
  }
}

/** A span of a passage's text, in UTF-16 indices, and the first position in the answer that relies on it. */
interface Support extends Span {
  at: number;
}

/** Returns true if the answer says that the passages contain none. */
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
 * sentences with the best overlap of terms. Ordered by first citation. The sources of an answer without any citation are
 * the sentences that clearly say the same, if any.
 */
export function resolveSources(answer: string, passages: RetrievedPassage[]): Source[] {
  if (isNoAnswer(answer)) return [];
  const { citations, hasMarkers } = citationsIn(answer, passages);
  const supports = new Map<RetrievedPassage, Support[]>();
  const add = (passage: RetrievedPassage, spans: Span[], at: number): void => {
    const known = supports.get(passage) ?? [];
    for (const span of spans) known.push({ ...span, at });
    supports.set(passage, known);
  };
  // A single sentence is too short to detect its language.
  const language = languageOf(answer);
  const byId = new Map(passages.map((passage) => [passage.id, new ReadPassage(passage, language)]));
  let cited = 0;
  for (const citation of citations) {
    const statement = statementOf(citation.statement, language);
    for (const [id, at] of citation.numbers) {
      const read = byId.get(id);
      if (!read) continue;
      if (++cited > MAX_CITED) break;
      add(read.passage, supportFor(statement, read), at);
    }
    if (cited > MAX_CITED) break;
  }
  if (!hasMarkers) {
    const overlaps = new Overlaps(
      passages.flatMap((passage) => sentencesOf(passage, language)),
      language,
    );
    for (const { start, end } of splitSentences(answer.slice(0, MAX_UNCITED * MAX_STATEMENT)).slice(0, MAX_UNCITED)) {
      const found = overlaps.find(answer.slice(start, Math.min(end, start + MAX_STATEMENT)));
      if (found) add(found.passage, [found.span], start);
    }
  }
  return [...supports]
    .flatMap(([passage, spans]) => merged(passage.text, spans).map((span) => ({ passage, span })))
    .sort((a, b) => a.span.at - b.span.at || a.span.start - b.span.start)
    .slice(0, MAX_SOURCES)
    .map(({ passage, span }) => toSource(passage, span));
}

/** Of a long statement, the part right before its citation. */
function statementOf(cited: string, language: string): Statement {
  const text = cited.length > MAX_STATEMENT ? cited.slice(-MAX_STATEMENT) : cited;
  const sentences = splitSentences(text).slice(-MAX_PARTS);
  return {
    text,
    quotes: [text, ...quotedFragments(text).slice(-MAX_PARTS)],
    sentences: sentences.map(({ start, end }) => text.slice(start, end)),
    words: new Set(terms(text, language)),
  };
}

function supportFor(statement: Statement, read: ReadPassage): Span[] {
  const quotes = statement.quotes.flatMap((quote) => verbatim(quote, read) ?? []);
  if (quotes.length > 0) return quotes;
  const bySentence = statement.sentences.flatMap((sentence) => verbatim(sentence, read) ?? []);
  if (bySentence.length > 0) return bySentence;
  const similar = similarSentences(statement, read.sentences);
  // Nothing in common, perhaps because of another language: the source is the whole passage.
  return similar.length > 0 ? similar : [{ start: 0, end: read.passage.text.length }];
}

function quotedFragments(statement: string): string[] {
  return [...statement.matchAll(/["“«]([^"“”«»]+)["”»]/g)]
    .map(([, quote = '']) => quote)
    .filter((quote) => quote.trim().split(/\s+/).length >= QUOTE_WORDS);
}

/** The span of `quote` in a passage, ignoring line wrapping and leading list or quote marks. */
function verbatim(quote: string, read: ReadPassage): Span | undefined {
  const exact = read.passage.text.indexOf(quote);
  if (exact >= 0 && (isStatement(quote) || isSentence(quote, exact, read)))
    return { start: exact, end: exact + quote.length };
  const wanted = collapsed(quote.replace(/^(?:[-*+>]|\d+[.)])\s+/, '').replace(/^["“]|["”]$/g, ''));
  if (!isStatement(wanted.text)) return undefined;
  const given = read.collapsed;
  const found = given.text.indexOf(wanted.text);
  if (found < 0) return undefined;
  return { start: given.indexOf(found), end: given.indexOf(found + wanted.text.length - 1) + 1 };
}

/** Returns true if the quote is a whole sentence of the passage: "Yes." can answer the heading above it. */
function isSentence(quote: string, start: number, read: ReadPassage): boolean {
  return read.sentences.some(({ span }) => span.start === start && span.end === start + quote.length);
}

/** Returns true unless the text is a single word, which is not a quotable statement. */
function isStatement(text: string): boolean {
  if (/[\p{L}\p{N}]\P{L}+[\p{L}\p{N}]/u.test(text)) return true;
  // One search after the other: a single expression would take time quadratic in the length.
  const letters = /\p{L}{2}/u.exec(text);
  return letters !== null && /\p{Lo}/u.test(text.slice(letters.index + letters[0].length));
}

interface Collapsed {
  text: string;
  indexOf: (index: number) => number;
}

/** The text with white space collapsed to single blanks, and a mapping back to the indices of the original. */
function collapsed(text: string): Collapsed {
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

/** The sentences that together contain most of the statement's terms, chosen greedily. */
function similarSentences({ words }: Statement, sentences: PassageSentence[]): Span[] {
  const missing = new Set(words);
  const total = missing.size;
  const chosen: Span[] = [];
  while (chosen.length < MAX_SENTENCES && missing.size > 0) {
    let best: PassageSentence | undefined;
    let bestScore = 0;
    for (const sentence of sentences) {
      let shared = 0;
      for (const word of sentence.words) if (missing.has(word)) shared++;
      // Of two sentences with equal overlap, the shorter one is the better evidence.
      const score = shared === 0 ? 0 : shared - sentence.words.size / 1_000;
      if (score > bestScore) [best, bestScore] = [sentence, score];
    }
    if (!best || (chosen.length > 0 && bestScore < ADDED_OVERLAP * total)) break;
    chosen.push(best.span);
    for (const term of best.words) missing.delete(term);
  }
  return chosen;
}

/** The sentences of all passages by word, so that each statement is compared only with sentences that share some. */
class Overlaps {
  private readonly byWord = new Map<string, number[]>();

  constructor(
    private readonly sentences: PassageSentence[],
    private readonly language: string,
  ) {
    for (const [place, { words }] of sentences.entries()) {
      for (const word of words) {
        const known = this.byWord.get(word);
        if (known) known.push(place);
        else this.byWord.set(word, [place]);
      }
    }
  }

  /** The sentence that best matches the statement, if the match is clear; the first of equal ones. */
  find(statement: string): PassageSentence | undefined {
    const wanted = new Set(terms(statement, this.language));
    if (wanted.size < UNCITED_TERMS) return undefined;
    const shared = new Map<number, number>();
    for (const word of wanted) {
      for (const place of this.byWord.get(word) ?? []) shared.set(place, (shared.get(place) ?? 0) + 1);
    }
    let [found, most] = [-1, 0];
    for (const [place, count] of shared) {
      if (count > most || (count === most && place < found)) [found, most] = [place, count];
    }
    return most / wanted.size >= UNCITED_OVERLAP ? this.sentences[found] : undefined;
  }
}

function sentencesOf(passage: RetrievedPassage, language: string): PassageSentence[] {
  return splitSentences(passage.text).map(({ start, end }) => {
    const words = new Set(terms(passage.text.slice(start, end), language));
    return { passage, span: { start, end }, words };
  });
}

/** Joins spans that overlap or are separated only by white space. */
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

/** Converts a part of a passage to a source. */
export function toSource({ id, documentId, version, title, score, text, start }: RetrievedPassage, span: Span): Source {
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
