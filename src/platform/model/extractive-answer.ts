import { asksForCode, formQuality } from './extractive-quality.js';
import { type GroundingPassage, NO_ANSWER } from './grounding.js';
import { asksNothing, leansOnEarlier, questionTerms } from './text/question.js';
import { type Sentence, splitSentences } from './text/sentences.js';
import { terms } from './text/terms.js';

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

interface Candidate extends Sentence {
  passage: GroundingPassage;
  index: number;
  text: string;
  own: Set<string>;
  pairs: Set<string>;
  heading: Set<string>;
  /** Terms of the deepest heading. */
  subject: Set<string>;
  /** Whether it is the first sentence of its passage. */
  leads: boolean;
  /** How well form and passage suit the question, around 1. */
  quality: number;
}

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
export function chooseQuotes(questions: string[], passages: GroundingPassage[]): Quote[] {
  const question = questions.at(-1) ?? '';
  const candidates = passages.flatMap((passage) => candidatesIn(passage, question));
  const { weights, own } = questionWeights(questions, candidates);
  const total = sum(weights.values());
  if (total === 0) return [];
  weighPassages(candidates, passages, weights, total);
  const pairs = pairsOf(terms(question));
  const share = (held: (term: string) => boolean, of: Iterable<string>): number => {
    const all = [...of];
    const weightOf = (term: string): number => weights.get(term) ?? 0;
    return all.length === 0 ? 1 : sum(all.filter(held).map(weightOf)) / sum(all.map(weightOf));
  };
  const leaning = questions.length > 1 && leansOnEarlier(question);
  const canBeFirst = candidates.filter(({ own: words, heading, kind }) => {
    const holds = (term: string): boolean => words.has(term) || heading.has(term);
    if (kind === 'code' && !asksForCode(question)) return false;
    if (leaning && share(holds, own) < MIN_OWN_COVERAGE) return false;
    return share(holds, weights.keys()) >= MIN_FIRST_COVERAGE;
  });

  const chosen: Candidate[] = [];
  const covered = new Map<string, number>();
  while (chosen.length < MAX_QUOTES) {
    const [best, gain] = bestOf(chosen.length > 0 ? candidates : canBeFirst, chosen, weights, pairs, covered);
    if (!best || (chosen.length > 0 && gain < MIN_GAIN * total)) break;
    chosen.push(best);
    for (const [term, rate] of coverage(best, weights)) covered.set(term, Math.max(rate, covered.get(term) ?? 0));
  }
  if (share((term) => (covered.get(term) ?? 0) > 0, weights.keys()) < MIN_COVERAGE) return [];
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

function candidatesIn(passage: GroundingPassage, question: string): Candidate[] {
  const heading = new Set(terms([passage.title, ...(passage.headings ?? [])].join(' ')));
  const subject = new Set(terms(passage.headings?.at(-1) ?? passage.title));
  const sentences = splitSentences(passage.text);
  const lead = sentences.findIndex(({ kind }) => kind !== 'markup');
  return sentences.map((sentence, index) => {
    const text = passage.text.slice(sentence.start, sentence.end);
    // Where a link leads is no part of what is said.
    const words = terms(text.replace(/\]\([^()\s]*\)|https?:\/\/\S+/g, ' '));
    const own = new Set(words);
    const quality = formQuality(text, sentence, own.size, question);
    return {
      ...sentence,
      passage,
      index,
      text,
      own,
      pairs: pairsOf(words),
      heading,
      subject,
      leads: index === lead,
      quality,
    };
  });
}

/** Prefers the passages that hold more of the question; at equal merit the order in which they were retrieved. */
function weighPassages(
  candidates: Candidate[],
  passages: GroundingPassage[],
  weights: Map<string, number>,
  total: number,
): void {
  const held = new Map(passages.map((passage) => [passage, new Set<string>()]));
  for (const { passage, own, heading } of candidates) {
    for (const term of weights.keys()) if (own.has(term) || heading.has(term)) held.get(passage)?.add(term);
  }
  for (const candidate of candidates) {
    const share = sum([...(held.get(candidate.passage) ?? [])].map((term) => weights.get(term) ?? 0)) / total;
    const known = [...candidate.subject].filter((term) => weights.has(term));
    const asked = sum(known.map((term) => weights.get(term) ?? 0)) / total;
    const isSubject = asked >= SUBJECT_SHARE && known.length >= SUBJECT_SHARE * candidate.subject.size;
    if (isSubject) candidate.quality *= SUBJECT_BONUS * (candidate.leads ? SUBJECT_LEAD_BONUS : 1);
    candidate.quality *= (0.5 + share / 2) / (1 + passages.indexOf(candidate.passage) / HALVED_AFTER);
  }
}

function pairsOf(words: string[]): Set<string> {
  return new Set(words.slice(1).map((word, index) => `${words[index]} ${word}`));
}

/** The terms of the last question and of those it leans on, each by its rarity among the candidates; and its own ones. */
function questionWeights(
  questions: string[],
  candidates: Candidate[],
): { weights: Map<string, number>; own: string[] } {
  const last = questions.at(-1) ?? '';
  const asked = asksNothing(last) ? [] : questionTerms(last, questions.slice(0, -1));
  const weights = asked.map(({ term, weight }): [string, number] => {
    const frequency = candidates.filter(({ own, heading }) => own.has(term) || heading.has(term)).length;
    // A term that no passage has at all still counts fully when it decides whether this is an answer.
    return [term, weight * Math.log(1 + (candidates.length + PRIOR_SENTENCES) / (frequency + PRIOR_FREQUENCY))];
  });
  return { weights: new Map(weights), own: asked.filter(({ weight }) => weight === 1).map(({ term }) => term) };
}

/** The rate (0-1) at which a candidate covers each term of the question. */
function coverage(candidate: Candidate, weights: Map<string, number>): [string, number][] {
  const headingRate = candidate.leads ? LEAD_HEADING_WEIGHT : HEADING_WEIGHT;
  return [...weights.keys()].map((term) => [
    term,
    candidate.own.has(term) ? 1 : candidate.heading.has(term) ? headingRate : 0,
  ]);
}

function bestOf(
  candidates: Candidate[],
  chosen: Candidate[],
  weights: Map<string, number>,
  pairs: Set<string>,
  covered: Map<string, number>,
): [Candidate | undefined, number] {
  let best: Candidate | undefined;
  let bestGain = 0;
  for (const candidate of candidates) {
    if (candidate.quality === 0 || chosen.some(({ text }) => text === candidate.text)) continue;
    let gain = 0;
    for (const [term, rate] of coverage(candidate, weights)) {
      const before = covered.get(term) ?? 0;
      gain +=
        (weights.get(term) ?? 0) *
        (Math.max(0, rate - before) + Math.min(rate, before) * (chosen.length ? REPEAT_WEIGHT : 1));
    }
    if (chosen.length === 0) {
      for (const pair of pairs) {
        if (candidate.pairs.has(pair)) gain += PAIR_WEIGHT * sum(pair.split(' ').map((term) => weights.get(term) ?? 0));
      }
    }
    gain *= candidate.quality;
    if (chosen.some(({ passage }) => passage === candidate.passage)) gain *= SAME_PASSAGE;
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
    const following = candidates.slice(position + 1).filter(({ passage }) => passage === candidate.passage);
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
  const order = [...new Set(chosen.map(({ passage }) => passage))];
  const sorted = [...chosen].sort((a, b) => order.indexOf(a.passage) - order.indexOf(b.passage) || a.index - b.index);
  return sorted.map(({ passage, text, kind, index }, position) => {
    const previous = sorted[position - 1];
    const follows = previous?.passage === passage && previous.index === index - 1;
    const next = sorted[position + 1];
    const inList = follows || (next?.passage === passage && next.index === index + 1 && next.kind === 'list-item');
    // A single item of a list reads better without its bullet or number; what is left is as verbatim.
    const alone = kind === 'list-item' && !inList;
    return { passageId: passage.id, text: alone ? text.replace(/^(?:[-*+]|\d+[.)])\s+/, '') : text, kind, follows };
  });
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
