import { pairsOf, type Asked } from './extractive-question.js';
import { addressed, addressesModel } from './extractive-injection.js';
import { formQuality, type QuestionForm } from './extractive-quality.js';
import { meanings } from './extractive-synonyms.js';
import { cellsOf } from './extractive-names.js';
import type { GroundingPassage } from './grounding.js';
import { splitSentences, type Sentence } from '../text/index.js';

/** What was done, for tests: it grows with the length of the passages and not with its product by that of the question. */
export interface Work {
  steps: number;
}

/** A passage as it is read once, whatever is asked. */
export interface ReadPassage {
  passage: GroundingPassage;
  /** Its place among the passages: they come in the order of how well they were found. */
  rank: number;
  headings: string[];
  deepest: Set<string>;
  sentences: ReadSentence[];
}

interface ReadSentence extends Sentence {
  text: string;
  words: string[];
  /** Place of what is above it and belongs to it: a row's header, the sentence before a list or code. */
  under: number | undefined;
  role: 'header' | 'delimiter' | undefined;
  addressesModel: boolean;
}

const DELIMITER_ROW = /^[-|: \t]+$/;
/** UTF-16 units of a line that stands above a list as its label. */
const MAX_LABEL = 60;

/** How a candidate has a term: itself, in its header or introduction, in the deepest heading, or in one above. */
export const OWN = 3;
export const NEAR = 2;
export const DEEPEST = 1;
export const ABOVE = 0;

/** What the candidates of one passage share. Places are of the question's terms, ascending if not said otherwise. */
export interface PassageCandidates {
  passage: GroundingPassage;
  rank: number;
  heading: number[];
  /** Of the deepest heading, and how many different terms it has in all. */
  subject: Set<number>;
  subjectSize: number;
  /** Of everything in it. */
  all: Set<number>;
  candidates: Candidate[];
  /** Whether its deepest heading is about the question, and whether it asks it. */
  isAbout: boolean;
  isSubject: boolean;
}

export interface Candidate extends ReadSentence {
  of: PassageCandidates;
  index: number;
  own: number[];
  /** Of what it stands under, without its own. */
  near: number[];
  /** Places of the question's pairs in it, ascending. */
  pairs: number[];
  /** Of a table's header, the places in each of its cells; nothing for others. */
  cells: number[][];
  /** Whether it is the first sentence of its passage. */
  leads: boolean;
  termCount: number;
  /** How well form and passage suit the question, around 1. */
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
      // A table may be cut: what is first of the rest is no header.
      under = kind === 'table-row' ? (isHeader ? index : undefined) : introductionAt(found, index - 1, passage.text);
    }
    // Where a link leads is no part of what is said.
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

/** Headings without any text below say what there is to say: without their marks they are sentences. */
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

/** A text without where its links lead. */
export function withoutAddresses(text: string): string {
  return text.replace(/\]\([^()\s]*\)|https?:\/\/\S+/g, ' ');
}

/** The sentence or label before a list or code, if it introduces it. */
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

/** Calls back for each of the question's terms that a candidate, or what stands above it, has: by its place, ascending. */
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

/** The places of the words that have one, each once. */
function placesOf(words: string[], places: Map<string, number>): number[] {
  const found = new Set<number>();
  for (const word of words) {
    const place = places.get(word);
    if (place !== undefined) found.add(place);
  }
  return [...found];
}

const ascending = (places: number[]): number[] => places.sort((a, b) => a - b);
