import {
  ABOVE,
  DEEPEST,
  forEachHeld,
  NEAR,
  OWN,
  type Candidate,
  type PassageCandidates,
  type Work,
} from './extractive-candidates.js';
import type { Asked } from './extractive-question.js';
import { meanings } from './extractive-synonyms.js';

/** Number of heaviest terms of a question that measure a quote. */
const HEAVIEST = 5;
/** Factor of a term by where the quote has it. */
const RATES: Record<number, number> = { [OWN]: 1, [NEAR]: 1, [DEEPEST]: 0.95, [ABOVE]: 0.7 };
/** Shares of a question that differ by less count as equal. */
const EQUAL = 0.05;
/** Factor of the deepest heading if its subject is more specific than the question. */
const OTHER_SUBJECT = 0.6;
/**
 * Imaginary sentences that are added, and how many of them have the term. Among few sentences, or copies of one
 * another, the frequency of a term says little about its weight.
 */
const PRIOR_SENTENCES = 40;
const PRIOR_FREQUENCY = 3;
/** Maximum number of distinct terms of a question that count. They and the length of the passages bound the work. */
const MAX_TERMS = 256;

/** How quotes are measured: by the heaviest terms of the question itself. */
export interface Measure {
  weights: number[];
  heaviest: number[];
  total: number;
  /** Terms of earlier questions. */
  earlier: number[];
  /** Terms of the question itself that are in the titles of some documents, but not of all. */
  entitled: number[];
  names: Set<number>;
  /** Terms that the passages have only in another spelling. They help to find quotes, but a quote may lack them. */
  excused: Set<number>;
}

/**
 * Weighs the terms of a question.
 * @param excused places of terms that the passages have only in another spelling
 */
export function measureOf(asked: Asked, passages: PassageCandidates[], excused: Set<number>): Measure {
  const weights = weigh(asked, passages);
  const titles = passages.map(({ passage }) => new Set(meanings(passage.title, asked.language)));
  const places = [...weights.keys()].filter((place) => (weights[place] as number) > 0);
  const own = places.filter((place) => asked.terms[place]?.isOwn);
  const countable = own.filter((place) => !excused.has(place));
  const base = countable.length > 0 ? countable : own.length > 0 ? own : places;
  const heaviest = base.sort((a, b) => (weights[b] as number) - (weights[a] as number)).slice(0, HEAVIEST);
  return {
    weights,
    heaviest,
    total: heaviest.reduce((sum, place) => sum + (weights[place] as number), 0),
    earlier: places.filter((place) => !asked.terms[place]?.isOwn),
    excused,
    names: new Set(own.filter((place) => asked.terms[place]?.isName)),
    entitled: own.filter((place) => {
      const called = titles.filter((title) => title.has(asked.terms[place]?.term ?? '')).length;
      return called > 0 && called < titles.length;
    }),
  };
}

/** How much of the question's heaviest terms (0-1) a quote has, with and without its headings. */
export function coverageOf(
  candidate: Candidate,
  { weights, heaviest, total, names }: Measure,
  work: Work,
): { all: number; own: number } {
  const counted = new Set(heaviest);
  const held = new Set<number>();
  let [all, own] = [0, 0];
  const { of } = candidate;
  const headingRate = isOnSubject(of) ? RATES[DEEPEST] : OTHER_SUBJECT;
  forEachHeld(candidate, work, (place, how) => {
    if (!counted.has(place)) return;
    held.add(place);
    const weight = weights[place] as number;
    all += weight * ((how === DEEPEST ? headingRate : RATES[how]) ?? 0);
    if (how >= NEAR) own += weight;
  });
  // A passage about a thing need not name it in each sentence.
  for (const place of heaviest) {
    if (names.has(place) && !held.has(place) && of.all.has(place))
      all += (weights[place] as number) * (RATES[ABOVE] ?? 0);
  }
  return total > 0 ? { all: all / total, own: own / total } : { all: 0, own: 0 };
}

/**
 * Number of passages with a sentence that seems to answer as well as the best one. A statement in many passages is not
 * the answer.
 * @param fitting candidates that can be the answer
 */
export function rivalsAmong(fitting: Candidate[], { measured }: Asked, measure: Measure, work: Work): number {
  const texts = fitting.filter(({ kind }) => kind !== 'code');
  const meant = texts.filter(({ text }) => measured !== undefined && text.toLowerCase().includes(measured));
  const said = (meant.length > 0 ? meant : texts).map((candidate) => ({
    of: candidate.of,
    all: coverageOf(candidate, measure, work).all,
  }));
  const best = Math.max(0, ...said.map(({ all }) => all));
  return new Set(said.flatMap(({ of, all }) => (all >= best - EQUAL ? [of] : []))).size;
}

/** Whether a heading is about the subject of the question, and not about something more specific. */
export function isOnSubject({ subject, subjectSize }: PassageCandidates): boolean {
  return subject.size >= subjectSize / 2;
}

/** The weight of each term of the question by its rarity among the candidates; 0 beyond the heaviest MAX_TERMS. */
function weigh(asked: Asked, places: PassageCandidates[]): number[] {
  const candidateCount = places.reduce((count, { candidates }) => count + candidates.length, 0);
  const frequencies = asked.terms.map(() => 0);
  const count = (term: number, by: number): void => void (frequencies[term] = (frequencies[term] as number) + by);
  for (const { heading, candidates } of places) {
    const isHeading = new Set(heading);
    for (const term of heading) count(term, candidates.length);
    for (const { own } of candidates) for (const term of own) if (!isHeading.has(term)) count(term, 1);
  }
  const weights = asked.terms.map(({ weight }, place) => {
    const frequency = frequencies[place] as number;
    return weight * Math.log(1 + (candidateCount + PRIOR_SENTENCES) / (frequency + PRIOR_FREQUENCY));
  });
  if (weights.length <= MAX_TERMS) return weights;
  const heaviest = [...weights.keys()].sort((a, b) => (weights[b] as number) - (weights[a] as number));
  const kept = new Set(heaviest.slice(0, MAX_TERMS));
  for (const place of places) place.heading = place.heading.filter((term) => kept.has(term));
  return weights.map((weight, place) => (kept.has(place) ? weight : 0));
}
