import { ABOVE, DEEPEST, forEachHeld, NEAR, OWN, type Candidate, type Work } from './extractive-candidates.js';
import { isNegative, type AnswerType, type Asked } from './extractive-question.js';

/** The heaviest terms of a question by which a quote is measured. */
const HEAVIEST = 5;
/** Share of their weight that a quote must have, itself or in what stands above it. */
const MIN_COVERAGE = 0.72;
/** The same of a part that the heading does not say. */
const MIN_OWN = 0.3;
/** Of a question in a language of which we know neither the verbs nor the forms. */
const MIN_FOREIGN = 0.5;
/** Different terms above which a sentence has much of any question. */
const MAX_WORDS = 70;
/** Share of a question for a list that what stands above the list must have. */
const MIN_LISTED = 0.5;
/** How much a term counts by how the quote has it. */
const RATES: Record<number, number> = { [OWN]: 1, [NEAR]: 1, [DEEPEST]: 0.95, [ABOVE]: 0.7 };
/** Share of the heaviest terms that a heading must have to be the question. */
const SAME_QUESTION = 0.75;

const UNIT = String.raw`(?:ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|h|hours?|days?|weeks?|months?|years?|nights?)`;
const NUMBER = String.raw`(?:\d[\d.,]*|an?|half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|several|few)`;
const DURATION = new RegExp(
  String.raw`\b${NUMBER}[ -]?(?:an? |of an |full |working |business |calendar |consecutive )*${UNIT}\b|\b(?:immediately|at once|instantly|forever|until|never|unlimited|permanently|no limit|no timeout|indefinitely)\b|\bDefault: .?\d`,
  'i',
);
const FITS: Record<AnswerType, RegExp> = {
  price:
    /[€$£¥₹]|\b\d[\d.,]*\s*(?:%|percent|[A-Z]{3}\b|euros?|dollars?|pounds?|cents?|francs?|yen)|\bfree\b|\bno (?:charge|cost)|\bon request\b/i,
  duration: DURATION,
  frequency: new RegExp(
    String.raw`\b(?:every|each|daily|hourly|weekly|monthly|yearly|once|twice|times|per)\b|${DURATION.source}`,
    'i',
  ),
  time: /\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|\b(?:after|before|until|at|once|when|whenever|while|during|immediately|as soon as|if|first|last|end|upon|right)\b/i,
  number:
    /\d|\b(?:zero|none|no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|hundred|thousand|million|unlimited|infinity|single|only|several|half|all)\b/i,
  person: /\p{Lu}\p{L}+ \p{Lu}\p{L}+|\bby \p{Lu}|\b(?:owner|admin|team|nobody|everyone|anyone|who|members?|users?)\b/u,
};

/** The terms by which quotes are measured: the heaviest of the question itself. */
export interface Measure {
  weights: number[];
  heaviest: number[];
  total: number;
  /** Of those of earlier questions. */
  earlier: number[];
  /** Of the question itself, those by which some of the documents are called. */
  entitled: number[];
  isForeign: boolean;
}

export function measureOf(
  asked: Asked,
  weights: number[],
  isExcused: (place: number) => boolean,
  titles: Set<string>[],
  isForeign: boolean,
): Measure {
  const places = [...weights.keys()].filter((place) => (weights[place] as number) > 0);
  const own = places.filter((place) => asked.terms[place]?.isOwn);
  const countable = own.filter((place) => !isExcused(place));
  const base = countable.length > 0 ? countable : own.length > 0 ? own : places;
  const heaviest = base.sort((a, b) => (weights[b] as number) - (weights[a] as number)).slice(0, HEAVIEST);
  return {
    weights,
    heaviest,
    total: heaviest.reduce((sum, place) => sum + (weights[place] as number), 0),
    earlier: places.filter((place) => !asked.terms[place]?.isOwn),
    entitled: own.filter((place) => {
      const called = titles.filter((title) => title.has(asked.terms[place]?.term ?? '')).length;
      return called > 0 && called < titles.length;
    }),
    isForeign,
  };
}

/** How much of the question's heaviest terms a quote has, in all and without its headings (0-1). */
export function coverageOf(
  candidate: Candidate,
  { weights, heaviest, total }: Measure,
  work: Work,
): { all: number; own: number } {
  const counted = new Set(heaviest);
  let [all, own] = [0, 0];
  forEachHeld(candidate, work, (place, how) => {
    if (!counted.has(place)) return;
    const weight = weights[place] as number;
    all += weight * (RATES[how] ?? 0);
    if (how >= NEAR) own += weight;
  });
  return total > 0 ? { all: all / total, own: own / total } : { all: 0, own: 0 };
}

/** Whether a quote can be the answer: it says what is asked, of what is asked about, in the form that is asked for. */
export function answers(candidate: Candidate, asked: Asked, measure: Measure, work: Work): boolean {
  if (candidate.quality === 0) return false;
  const { all, own } = coverageOf(candidate, measure, work);
  if (asked.asksForAll && isItem(candidate) && listed(candidate, measure) < MIN_LISTED) return false;
  if (all < (measure.isForeign ? MIN_FOREIGN : MIN_COVERAGE)) return false;
  const held = new Map<number, number>();
  forEachHeld(candidate, work, (place, how) => held.set(place, how));
  if (candidate.termCount > MAX_WORDS && candidate.kind !== 'code') return false;
  // Of two terms neither can be spared, of more one.
  const missed = measure.heaviest.filter((place) => !held.has(place) && asked.terms[place]?.weight === 1).length;
  if (missed > (measure.heaviest.length > 2 ? 1 : 0)) return false;
  if (measure.entitled.some((place) => !candidate.of.all.has(place))) return false;
  if (asked.isLeaning && measure.earlier.length > 0 && !measure.earlier.some((place) => candidate.of.all.has(place)))
    return false;
  if (own < MIN_OWN && !standsForHeading(candidate, asked, measure)) return false;
  if (asked.verb !== undefined && (held.get(asked.verb) ?? ABOVE) < DEEPEST) return false;
  const misses = (place: number): boolean => !held.has(place) && !candidate.of.all.has(place);
  if (
    asked.terms.some(
      ({ isName, isOwn }, place) => isName && isOwn && (measure.weights[place] as number) > 0 && misses(place),
    )
  )
    return false;
  const { text } = candidate;
  if (asked.isNegated && !isNegative(text)) return false;
  return asked.type === undefined || FITS[asked.type].test(text);
}

/** How much of the question is said of a whole list, and not by one of its items alone (0-1). */
function listed({ of, under }: Candidate, { weights, heaviest, total }: Measure): number {
  const introduction = new Set(under === undefined ? [] : of.candidates[under]?.own);
  const above = heaviest.filter((place) => introduction.has(place) || of.heading.includes(place));
  return above.reduce((sum, place) => sum + (weights[place] as number), 0) / total;
}

const isItem = ({ kind }: Candidate): boolean => kind === 'list-item' || kind === 'table-row';

/** Whether a quote need not repeat what the heading says: it is the first sentence below the question, or an item of the list asked for. */
function standsForHeading(candidate: Candidate, asked: Asked, { heaviest }: Measure): boolean {
  const { of, leads, kind } = candidate;
  if (of.isSubject && (leads || kind === 'code')) return true;
  return asked.asksForAll && isItem(candidate) && heaviest.some((place) => of.subject.has(place));
}

/** Whether the deepest heading of a passage asks the question, so that even a "Yes." below it is the answer. */
export function asksTheSame(subject: Set<number>, subjectSize: number, { weights, heaviest, total }: Measure): boolean {
  const shared = heaviest.filter((place) => subject.has(place));
  const weight = shared.reduce((sum, place) => sum + (weights[place] as number), 0);
  return total > 0 && weight / total >= SAME_QUESTION && subject.size >= subjectSize / 2;
}
