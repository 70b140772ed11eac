import { pairsOf, type Asked } from './extractive-question.js';
import { addressed, addressesModel } from './extractive-injection.js';
import { formQuality, type QuestionForm } from './extractive-quality.js';
import { meanings } from './extractive-synonyms.js';
import { cellsOf } from './extractive-names.js';
import type { GroundingPassage } from './grounding.js';
import { splitSentences, type Sentence } from '../text/index.js';

/**
 * Counts the work, for tests. It grows with the length of the passages, not with the product of that and the question's
 * length.
 */
export interface Work {
  steps: number;
}

/** A passage, read once for all questions. */
export interface ReadPassage {
  passage: GroundingPassage;
  /** Its position among the passages, which are in order of relevance. */
  rank: number;
  headings: string[];
  deepest: Set<string>;
  sentences: ReadSentence[];
}

interface ReadSentence extends Sentence {
  text: string;
  words: string[];
  /** Index of the sentence above that belongs to it: a row's header, or the introduction of a list or code. */
  under: number | undefined;
  role: 'header' | 'delimiter' | undefined;
  addressesModel: boolean;
}

const DELIMITER_ROW = /^[-|: \t]+$/;
/** Maximum UTF-16 units of a line that labels the list below it. */
const MAX_LABEL = 60;

/** Where a candidate has a term: in itself, in its header or introduction, in the deepest heading, or in one above. */
export const OWN = 3;
export const NEAR = 2;
export const DEEPEST = 1;
export const ABOVE = 0;

/**
 * Data that the candidates of one passage share. A place is the index of a term of the question. Lists of places are
 * ascending unless stated otherwise.
 */
export interface PassageCandidates {
  passage: GroundingPassage;
  rank: number;
  heading: number[];
  /** Terms of the deepest heading, and the number of distinct terms that it has in all. */
  subject: Set<number>;
  subjectSize: number;
  /** Terms of the whole passage with its headings. */
  all: Set<number>;
  candidates: Candidate[];
  /** Whether its deepest heading is about the question, and whether it asks the question itself. */
  isAbout: boolean;
  isSubject: boolean;
}

export interface Candidate extends ReadSentence {
  of: PassageCandidates;
  index: number;
  own: number[];
  /** Terms of its header or introduction that it does not have itself. */
  near: number[];
  /** Indices of the question's pairs in it, ascending. */
  pairs: number[];
  /** For a table's header, the terms in each of its cells; empty for others. */
  cells: number[][];
  /** Whether it is the first sentence of its passage. */
  leads: boolean;
  termCount: number;
  /** How well its form and passage fit the question, around 1. */
  quality: number;
}

/** @param language of the question */
export function readPassage(passage: GroundingPassage, rank: number, language: string, work: Work): ReadPassage {
  const headings = [passage.title, ...(passage.headings ?? [])].filter((heading) => !addressesModel(heading));
  const isAddressed = addressed(passage.text);
  const found = asStatements(splitSentences(passage.text), passage.text);
  let under: number | undefined;
  const sentences = found.map((sentence, index): ReadSentence => {
    const { kind, start, end } = sentence;
    const text = passage.text.slice(start, end);
    const previous = found[index - 1];
    const next = found[index + 1];
    const isDelimiter = kind === 'table-row' && DELIMITER_ROW.test(text);
    const isHeader =
      kind === 'table-row' &&
      previous?.kind !== kind &&
      next?.kind === kind &&
      DELIMITER_ROW.test(passage.text.slice(next.start, next.end));
    if (kind !== 'table-row' && kind !== 'list-item' && kind !== 'code') under = undefined;
    else if (kind !== previous?.kind) {
      // A table may be cut: then the first row of the rest is not a header.
      under = kind === 'table-row' ? (isHeader ? index : undefined) : introductionAt(found, index - 1, passage.text);
    }
    // The address of a link is not part of the text.
    const words = meanings(withoutAddresses(text), language);
    work.steps += 1 + words.length;
    return {
      ...sentence,
      text,
      words,
      under: under === index ? undefined : under,
      role: isHeader ? 'header' : isDelimiter ? 'delimiter' : undefined,
      addressesModel: isAddressed(start, end),
    };
  });
  const deepest = new Set(meanings(headings.at(-1) ?? '', language));
  return { passage, rank, headings, deepest, sentences };
}

/** If a passage contains only headings, they become sentences without their marks. */
function asStatements(sentences: Sentence[], text: string): Sentence[] {
  if (sentences.some(({ kind }) => kind !== 'heading')) return sentences;
  return sentences.flatMap(({ start, end }) => {
    const [, mark = '', title = ''] =
      /^(#*[ \t]*)(.*?)(?:[ \t]+#+)?[ \t]*(?:[\r\n]+[ \t]*(?:=+|-+))?$/s.exec(text.slice(start, end)) ?? [];
    return title === ''
      ? []
      : [{ kind: 'sentence', start: start + mark.length, end: start + mark.length + title.length }];
  });
}

/** A text without the addresses of its links. */
export function withoutAddresses(text: string): string {
  return text.replace(/\]\([^()\s]*\)|https?:\/\/\S+/g, ' ');
}

/** The index of a sentence or label that introduces the list or code after it; otherwise undefined. */
function introductionAt(sentences: Sentence[], index: number, text: string): number | undefined {
  const sentence = sentences[index];
  if (sentence?.kind !== 'sentence') return undefined;
  const before = text.slice(sentence.start, sentence.end);
  return /:\W*$/.test(before) || (before.length <= MAX_LABEL && !/[.!?]$/.test(before)) ? index : undefined;
}

export function candidatesIn(
  { passage, rank, headings, deepest, sentences }: ReadPassage,
  asked: Asked,
  form: QuestionForm,
  work: Work,
): PassageCandidates {
  const heading = ascending(placesOf(meanings(headings.join(' '), asked.language), asked.places));
  const found: PassageCandidates = {
    passage,
    rank,
    heading,
    subject: new Set(placesOf([...deepest], asked.places)),
    subjectSize: deepest.size,
    all: new Set(heading),
    candidates: [],
    isAbout: false,
    isSubject: false,
  };
  const lead = sentences.findIndex(({ kind }) => kind !== 'markup' && kind !== 'heading');
  for (const [index, sentence] of sentences.entries()) {
    const own = ascending(placesOf(sentence.words, asked.places));
    for (const place of own) found.all.add(place);
    const above = (sentence.under === undefined ? undefined : found.candidates[sentence.under]?.own) ?? [];
    const has = new Set(own);
    const termCount = new Set(sentence.words).size;
    work.steps += 1 + sentence.words.length + above.length;
    found.candidates.push({
      ...sentence,
      of: found,
      index,
      own,
      near: above.filter((place) => !has.has(place)),
      pairs: ascending(placesOf(pairsOf(sentence.words), asked.pairPlaces)),
      cells:
        sentence.role === 'header'
          ? cellsOf(sentence.text).map((cell) => placesOf(meanings(cell, asked.language), asked.places))
          : [],
      leads: index === lead,
      termCount,
      quality: sentence.addressesModel || sentence.role ? 0 : formQuality(sentence.text, sentence, termCount, form),
    });
  }
  return found;
}

/** Calls back for each term of the question in a candidate, its header or introduction, or its headings, in ascending order. */
export function forEachHeld(
  { own, near, of }: Candidate,
  work: Work,
  visit: (place: number, how: number) => void,
): void {
  const { heading, subject } = of;
  work.steps += 1 + own.length + near.length + heading.length;
  for (let [a, b, c] = [0, 0, 0]; ;) {
    const place = Math.min(own[a] ?? Infinity, near[b] ?? Infinity, heading[c] ?? Infinity);
    if (place === Infinity) return;
    visit(place, own[a] === place ? OWN : near[b] === place ? NEAR : subject.has(place) ? DEEPEST : ABOVE);
    if (own[a] === place) a++;
    if (near[b] === place) b++;
    if (heading[c] === place) c++;
  }
}

/** The distinct places of the words that have one. */
function placesOf(words: string[], places: Map<string, number>): number[] {
  const found = new Set<number>();
  for (const word of words) {
    const place = places.get(word);
    if (place !== undefined) found.add(place);
  }
  return [...found];
}

const ascending = (places: number[]): number[] => places.sort((a, b) => a - b);
