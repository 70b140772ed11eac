import { formQuality, type QuestionForm } from './extractive-quality.js';
import type { GroundingPassage } from './grounding.js';
import {
  asksNothing,
  questionTerms,
  questionWords,
  splitSentences,
  terms,
  type QuestionTerm,
  type Sentence,
} from '../text/index.js';

/** What was done, for tests: it grows with the length of the passages and not with its product by that of the question. */
export interface Work {
  steps: number;
}

/** What is asked. Its terms and pairs of neighbouring words are known to candidates by their places. */
export interface Asked {
  terms: QuestionTerm[];
  termPlaces: Map<string, number>;
  /** Each pair of neighbours as the places of its two words; a word that is no term has none. */
  pairs: (number | undefined)[][];
  pairPlaces: Map<string, number>;
}

/** What the candidates of one passage share. Places are of the question's terms, ascending if not said otherwise. */
export interface PassageCandidates {
  passage: GroundingPassage;
  /** Its place among the passages: they come in the order of how well they were found. */
  rank: number;
  heading: number[];
  /** Of the deepest heading, in its order, and how many different terms it has in all. */
  subject: number[];
  subjectSize: number;
  candidates: Candidate[];
}

export interface Candidate extends Sentence {
  of: PassageCandidates;
  index: number;
  text: string;
  /** Places of the question's terms in it, ascending. */
  own: number[];
  /** Places of the question's pairs in it, ascending. */
  pairs: number[];
  /** Whether it is the first sentence of its passage. */
  leads: boolean;
  /** How well form and passage suit the question, around 1. */
  quality: number;
}

/** @param questions the user's messages, oldest first; the last one is answered */
export function askedBy(questions: string[]): Asked {
  const last = questions.at(-1) ?? '';
  const asked = asksNothing(last) ? [] : questionTerms(last, questions.slice(0, -1));
  const termPlaces = new Map(asked.map(({ term }, place) => [term, place]));
  const pairs = [...new Set(pairsOf(questionWords(last)))];
  return {
    terms: asked,
    termPlaces,
    pairs: pairs.map((pair) => pair.split(' ').map((word) => termPlaces.get(word))),
    pairPlaces: new Map(pairs.map((pair, place) => [pair, place])),
  };
}

export function candidatesIn(
  passage: GroundingPassage,
  rank: number,
  asked: Asked,
  form: QuestionForm,
  work: Work,
): PassageCandidates {
  const headings = [passage.title, ...(passage.headings ?? [])].join(' ');
  const subject = new Set(terms(passage.headings?.at(-1) ?? passage.title));
  const found: PassageCandidates = {
    passage,
    rank,
    heading: ascending(placesOf(terms(headings), asked.termPlaces)),
    subject: placesOf([...subject], asked.termPlaces),
    subjectSize: subject.size,
    candidates: [],
  };
  const sentences = splitSentences(passage.text);
  const lead = sentences.findIndex(({ kind }) => kind !== 'markup');
  found.candidates = sentences.map((sentence, index) => {
    const text = passage.text.slice(sentence.start, sentence.end);
    // Where a link leads is no part of what is said.
    const words = terms(text.replace(/\]\([^()\s]*\)|https?:\/\/\S+/g, ' '));
    work.steps += 1 + words.length;
    return {
      ...sentence,
      of: found,
      index,
      text,
      own: ascending(placesOf(words, asked.termPlaces)),
      pairs: ascending(placesOf(pairsOf(words), asked.pairPlaces)),
      leads: index === lead,
      quality: formQuality(text, sentence, new Set(words).size, form),
    };
  });
  return found;
}

/** Calls back for each of the question's terms that a candidate or a heading above it has, by its place, ascending. */
export function forEachHeld(
  { own, of: { heading } }: Candidate,
  work: Work,
  visit: (place: number, isOwn: boolean) => void,
): void {
  work.steps += 1 + own.length + heading.length;
  let passed = 0;
  for (const place of heading) {
    while ((own[passed] ?? Infinity) < place) visit(own[passed++] as number, true);
    const isOwn = own[passed] === place;
    if (isOwn) passed++;
    visit(place, isOwn);
  }
  while (passed < own.length) visit(own[passed++] as number, true);
}

function pairsOf(words: string[]): string[] {
  return words.slice(1).map((word, index) => `${words[index]} ${word}`);
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
