import {
  askedBy,
  candidatesIn,
  forEachHeld,
  type Asked,
  type Candidate,
  type PassageCandidates,
  type Work,
} from './extractive-candidates.js';
import { formOf } from './extractive-quality.js';
import { type GroundingPassage, NO_ANSWER } from './grounding.js';
import { leansOnEarlier, type Sentence } from '../text/index.js';

/** Weight of a question's term that only the headings over a sentence contain; the first sentence profits more. */
const HEADING_WEIGHT = 0.45;
const LEAD_HEADING_WEIGHT = 0.8;
/** If the deepest heading and the question share this much of either, the section is about it; what that is worth. */
const SUBJECT_SHARE = 0.5;
const SUBJECT_BONUS = 1.4;
/** How much more the first sentence of such a section counts: it usually says what the section is about. */
const SUBJECT_LEAD_BONUS = 1.2;
/** Passages after which a sentence counts half as much: they come in the order of how well they were found. */
const HALVED_AFTER = 8;
/** Share of the question's rarity-weighted terms below which the quotes are no answer. */
const MIN_COVERAGE = 0.5;
/** The same for the best quote alone: an answer is not pieced together from sentences about different things. */
const MIN_FIRST_COVERAGE = 0.45;
/** The same of the own terms of a question that leans on earlier ones: otherwise it would be those that are answered. */
const MIN_OWN_COVERAGE = 0.7;
/**
 * Sentences that are imagined besides, with this many that have the term: among few sentences, or copies of one another,
 * how many have it tells little of how much it says.
 */
const PRIOR_SENTENCES = 40;
const PRIOR_FREQUENCY = 3;
/** A further quote must cover this share of the question, counting terms already covered at this rate. */
const MIN_GAIN = 0.25;
const REPEAT_WEIGHT = 0.05;
/** Share of the weight of two terms that a sentence gains by having them side by side, as the question has. */
const PAIR_WEIGHT = 0.35;
/** A sentence counts this much more if its passage is quoted already. */
const SAME_PASSAGE = 1.3;
/** UTF-16 units below which a lone quote is completed by the next sentence. */
const SHORT_QUOTE = 200;
const SHORT_LEAD = 60;
const MAX_QUOTES = 4;
/** UTF-16 units of the code that illustrates a sentence. */
const MAX_CODE = 1_500;
/** Different terms of a question that count: the heaviest. What is done is bounded by them and the length of the passages. */
const MAX_TERMS = 256;

/** Sentences of a passage chosen for the answer. `text` is verbatim. */
export interface Quote {
  passageId: number;
  text: string;
  kind: Sentence['kind'];
  /** Whether it directly follows the quote before it in the same passage. */
  follows: boolean;
}

/**
 * Chooses 1-4 sentences (with a code block or list that belongs to them) that together cover the question's terms best:
 * greedily, each term weighed by its rarity among the passages. Empty if they cover too little to be an answer.
 * `questions` are the user's messages, oldest first; the last one is answered.
 */
export function chooseQuotes(questions: string[], passages: GroundingPassage[], work: Work = { steps: 0 }): Quote[] {
  const question = questions.at(-1) ?? '';
  const asked = askedBy(questions);
  if (asked.terms.length === 0) return [];
  const form = formOf(question);
  const places = passages.map((passage, rank) => candidatesIn(passage, rank, asked, form, work));
  const candidates = places.flatMap((place) => place.candidates);
  const weights = weigh(asked, places, candidates.length);
  const total = sum(weights);
  for (const place of places) weighPassage(place, weights, total, work);
  const isOwnTerm = asked.terms.map(({ weight }) => weight === 1);
  const ownTotal = sum(weights.filter((_weight, place) => isOwnTerm[place]));
  const leaning = questions.length > 1 && leansOnEarlier(question);
  const canBeFirst = candidates.filter((candidate) => {
    if (candidate.kind === 'code' && !form.asksForCode) return false;
    let [held, heldOfOwn] = [0, 0];
    forEachHeld(candidate, work, (place) => {
      const weight = weights[place] as number;
      held += weight;
      if (isOwnTerm[place]) heldOfOwn += weight;
    });
    if (leaning && ownTotal > 0 && heldOfOwn / ownTotal < MIN_OWN_COVERAGE) return false;
    return held / total >= MIN_FIRST_COVERAGE;
  });

  const pairGains = asked.pairs.map((pair) => PAIR_WEIGHT * sum(pair.map((place) => weights[place ?? -1] ?? 0)));
  const chosen: Candidate[] = [];
  const covered = weights.map(() => 0);
  while (chosen.length < MAX_QUOTES) {
    const considered = chosen.length > 0 ? candidates : canBeFirst;
    const [best, gain] = bestOf(considered, chosen, { weights, pairGains, covered }, work);
    if (!best || (chosen.length > 0 && gain < MIN_GAIN * total)) break;
    chosen.push(best);
    forEachHeld(best, work, (place, isOwn) => {
      covered[place] = Math.max(rateOf(best, isOwn), covered[place] as number);
    });
  }
  if (sum(weights.filter((_weight, place) => (covered[place] as number) > 0)) / total < MIN_COVERAGE) return [];
  return arranged(withCompanions(chosen, candidates, question));
}

/** The answer: each quote followed by its ` [n]`, or NO_ANSWER. */
export function formatQuotes(quotes: Quote[]): string {
  if (quotes.length === 0) return NO_ANSWER;
  return quotes.reduce((answer, quote, index) => {
    const previous = quotes[index - 1];
    const inList = previous?.kind === 'list-item' && quote.kind === 'list-item' && quote.follows;
    const inParagraph = previous?.kind === 'sentence' && quote.kind === 'sentence' && quote.follows;
    const separator = !previous ? '' : inList ? '\n' : inParagraph ? ' ' : '\n\n';
    // A marker on the line of the closing fence would keep the code block open.
    const marker = quote.kind === 'code' ? `\n[${quote.passageId}]` : ` [${quote.passageId}]`;
    return answer + separator + quote.text + marker;
  }, '');
}

/** The weight of each term of the question: by its rarity among the candidates, and 0 for those beyond the heaviest. */
function weigh(asked: Asked, places: PassageCandidates[], candidateCount: number): number[] {
  const frequencies = asked.terms.map(() => 0);
  const count = (term: number, by: number): void => void (frequencies[term] = (frequencies[term] as number) + by);
  for (const { heading, candidates } of places) {
    const isHeading = new Set(heading);
    for (const term of heading) count(term, candidates.length);
    for (const { own } of candidates) for (const term of own) if (!isHeading.has(term)) count(term, 1);
  }
  const weights = asked.terms.map(({ weight }, place) => {
    const frequency = frequencies[place] as number;
    // A term that no passage has at all still counts fully when it decides whether this is an answer.
    return weight * Math.log(1 + (candidateCount + PRIOR_SENTENCES) / (frequency + PRIOR_FREQUENCY));
  });
  if (weights.length <= MAX_TERMS) return weights;
  const heaviest = [...weights.keys()].sort((a, b) => (weights[b] as number) - (weights[a] as number));
  const kept = new Set(heaviest.slice(0, MAX_TERMS));
  for (const place of places) place.heading = place.heading.filter((term) => kept.has(term));
  return weights.map((weight, place) => (kept.has(place) ? weight : 0));
}

/** Prefers the passages that hold more of the question; at equal merit the order in which they were retrieved. */
function weighPassage(
  { rank, subject, subjectSize, candidates }: PassageCandidates,
  weights: number[],
  total: number,
  work: Work,
): void {
  const held = new Set<number>();
  for (const candidate of candidates) forEachHeld(candidate, work, (term) => held.add(term));
  const weightOf = (term: number): number => weights[term] as number;
  const share = sum([...held].map(weightOf)) / total;
  const known = subject.filter((term) => weightOf(term) > 0);
  const asked = sum(known.map(weightOf)) / total;
  const isSubject = asked >= SUBJECT_SHARE && known.length >= SUBJECT_SHARE * subjectSize;
  for (const candidate of candidates) {
    if (isSubject) candidate.quality *= SUBJECT_BONUS * (candidate.leads ? SUBJECT_LEAD_BONUS : 1);
    candidate.quality *= (0.5 + share / 2) / (1 + rank / HALVED_AFTER);
  }
}

/** The rate (0-1) at which a candidate covers a term that it or a heading above it has. */
function rateOf({ leads }: Candidate, isOwn: boolean): number {
  return isOwn ? 1 : leads ? LEAD_HEADING_WEIGHT : HEADING_WEIGHT;
}

/** What a candidate can gain, by the places of the question's terms and pairs. */
interface Gains {
  weights: number[];
  pairGains: number[];
  /** The rate at which the chosen ones cover each term. */
  covered: number[];
}

function bestOf(
  candidates: Candidate[],
  chosen: Candidate[],
  { weights, pairGains, covered }: Gains,
  work: Work,
): [Candidate | undefined, number] {
  let best: Candidate | undefined;
  let bestGain = 0;
  for (const candidate of candidates) {
    if (candidate.quality === 0 || chosen.some(({ text }) => text === candidate.text)) continue;
    let gain = 0;
    forEachHeld(candidate, work, (place, isOwn) => {
      const rate = rateOf(candidate, isOwn);
      const before = covered[place] as number;
      const repeated = Math.min(rate, before) * (chosen.length ? REPEAT_WEIGHT : 1);
      gain += (weights[place] as number) * (Math.max(0, rate - before) + repeated);
    });
    if (chosen.length === 0) {
      work.steps += candidate.pairs.length;
      for (const pair of candidate.pairs) gain += pairGains[pair] as number;
    }
    gain *= candidate.quality;
    if (chosen.some(({ of }) => of === candidate.of)) gain *= SAME_PASSAGE;
    if (gain > bestGain) [best, bestGain] = [candidate, gain];
  }
  return [best, bestGain];
}

/** Adds what completes a chosen sentence: the code or list it introduces, and the code that illustrates a how-to. */
function withCompanions(chosen: Candidate[], candidates: Candidate[], question: string): Candidate[] {
  const wantsCode = /\bhow\b|\bexample\b|\bcode\b|\bcan i\b/i.test(question);
  const all = new Set(chosen);
  for (const candidate of chosen) {
    const position = candidates.indexOf(candidate);
    const following = candidates.slice(position + 1).filter(({ of }) => of === candidate.of);
    const introduces = candidate.text.endsWith(':');
    const next = following[0];
    if (!next) continue;
    if (next.kind === 'code' && (introduces || wantsCode) && next.text.length <= MAX_CODE) all.add(next);
    if (next.kind === 'list-item' && introduces) {
      for (const item of following.slice(0, 8)) {
        if (item.kind !== 'list-item') break;
        all.add(item);
      }
    }
    // One short quote alone reads abruptly: the next sentence of the same paragraph usually completes it.
    const limit = chosen.length === 1 ? SHORT_QUOTE : candidate.leads ? SHORT_LEAD : 0;
    const short = candidate.text.length < limit && !introduces;
    if (short && next.kind === 'sentence' && next.quality > 0.4) {
      all.add(next);
      const code = following[1];
      if (code?.kind === 'code' && next.text.endsWith(':') && code.text.length <= MAX_CODE) all.add(code);
    }
  }
  return [...all];
}

/** Passages in the order of their best quote; within a passage the order of the text. */
function arranged(chosen: Candidate[]): Quote[] {
  const order = [...new Set(chosen.map(({ of }) => of))];
  const sorted = [...chosen].sort((a, b) => order.indexOf(a.of) - order.indexOf(b.of) || a.index - b.index);
  return sorted.map(({ of, text, kind, index }, position) => {
    const previous = sorted[position - 1];
    const follows = previous?.of === of && previous.index === index - 1;
    const next = sorted[position + 1];
    const inList = follows || (next?.of === of && next.index === index + 1 && next.kind === 'list-item');
    // A single item of a list reads better without its bullet or number; what is left is as verbatim.
    const alone = kind === 'list-item' && !inList;
    const quote = alone ? text.replace(/^(?:[-*+]|\d+[.)])\s+/, '') : text;
    return { passageId: of.passage.id, text: quote, kind, follows };
  });
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
