import {
  forEachHeld,
  NEAR,
  OWN,
  readPassage,
  type Candidate,
  type PassageCandidates,
  type ReadPassage,
  type Work,
} from './extractive-candidates.js';
import { comparison } from './extractive-comparison.js';
import { enumerates, isItem, withCompanions } from './extractive-companions.js';
import { answers, asksTheSame } from './extractive-gate.js';
import { look, type Look } from './extractive-look.js';
import { coverageOf, rivalsAmong, type Measure } from './extractive-measure.js';
import type { QuestionForm } from './extractive-quality.js';
import { comparedBy, partsOf } from './extractive-parts.js';
import { askedBy, languageRead, type Asked } from './extractive-question.js';
import { type GroundingPassage, NO_ANSWER } from './grounding.js';
import { withForms } from './extractive-typos.js';
import type { Sentence } from '../text/index.js';

/** Weights of a question's term by where it is. A heading counts more for the first sentence below it. */
const NEAR_WEIGHT = 0.85;
const HEADING_WEIGHT = 0.45;
const LEAD_HEADING_WEIGHT = 0.8;
/** A section is about the question if its deepest heading and the question share this part of each; the bonus for that. */
const SUBJECT_SHARE = 0.5;
const SUBJECT_BONUS = 1.4;
/** Factor for the items of a list if the question asks for one. */
const LIST_BONUS = 1.5;
/** Factor for the first sentence of such a section, which usually says what the section is about. */
const SUBJECT_LEAD_BONUS = 1.2;
/** Number of passages after which a sentence counts half as much: passages are in order of relevance. */
const HALVED_AFTER = 8;
/** A further quote must add this share of the question. */
const MIN_GAIN = 0.25;
const REPEAT_WEIGHT = 0.05;
/** Bonus for two terms that are adjacent in the sentence as in the question, as a share of their weight. */
const PAIR_WEIGHT = 0.35;
/** Factor for a sentence whose passage is already quoted. */
const SAME_PASSAGE = 1.3;
const MAX_QUOTES = 4;
/** If this many passages seem to answer equally well, only one whose heading is about the question is quoted. */
const MANY_RIVALS = 4;
/** Quality of code that is itself the answer. */
const COMMAND = 1.5;
/** A sentence or block of a passage that is part of the answer. `text` is verbatim. */
interface Quote {
  passageId: number;
  text: string;
  kind: Sentence['kind'];
  /** Whether it directly follows the previous quote in the same passage. */
  follows: boolean;
}

export interface Quotes {
  quotes: Quote[];
  /** Parts of the question without an answer, if another part has one. */
  missing: string[];
}

/**
 * Chooses sentences that answer the last question, with the code block, list or header that belongs to them. They must
 * contain the terms of the question, weighted by their rarity among the passages. A question of several parts is
 * answered part by part. Empty if there is no answer.
 * @param questions the user's messages, oldest first
 */
export function chooseQuotes(questions: string[], passages: GroundingPassage[], work: Work = { steps: 0 }): Quotes {
  const question = withForms(questions.at(-1) ?? '');
  const earlier = questions.slice(0, -1);
  const language = languageRead(questions);
  const read = passages.map((passage, rank) => readPassage(passage, rank, language, work));
  const parts = partsOf(question);
  if (parts.length > 1) {
    const each = parts.map((part, index) =>
      chosenFor([...earlier, ...parts.slice(0, index), part], language, read, work),
    );
    return together(parts, each);
  }
  const compared = comparedBy(question);
  if (compared) {
    const { subjects, about } = compared;
    const told = comparison(subjects, about, read, language, work);
    if (told.length > 0 || about === '') return together([question], [told]);
    const each = subjects.map((subject) => chosenFor([...earlier, `${about} ${subject}`], language, read, work));
    return together([question], each.every((chosen) => chosen.length > 0) ? each : [[]]);
  }
  return together(parts, [chosenFor([...earlier, question], language, read, work)]);
}

function together(parts: string[], each: Candidate[][]): Quotes {
  const texts = new Set<string>();
  const chosen = each.flat().filter(({ of, index }) => {
    const key = `${of.passage.id} ${index}`;
    return !texts.has(key) && texts.add(key);
  });
  const missing = chosen.length > 0 ? parts.filter((_part, index) => each[index]?.length === 0) : [];
  return { quotes: arranged(chosen), missing };
}

/** The answer: each quote followed by its ` [n]`, or NO_ANSWER. */
export function formatQuotes({ quotes, missing }: Quotes): string {
  if (quotes.length === 0) return NO_ANSWER;
  const answer = quotes.reduce((text, quote, index) => {
    const previous = quotes[index - 1];
    const isRow = quote.kind === 'list-item' || quote.kind === 'table-row';
    const inList = isRow && previous?.kind === quote.kind && previous.passageId === quote.passageId;
    const inParagraph = previous?.kind === 'sentence' && quote.kind === 'sentence' && quote.follows;
    const separator = !previous ? '' : inList ? '\n' : inParagraph ? ' ' : '\n\n';
    // A marker on the line of the closing fence would keep the code block open.
    const marker = quote.kind === 'code' ? `\n[${quote.passageId}]` : ` [${quote.passageId}]`;
    return text + separator + quote.text + marker;
  }, '');
  return missing.reduce((text, part) => `${text}\n\n${NO_ANSWER.replace('this question', `“${part}”`)}`, answer);
}

function chosenFor(questions: string[], language: string, read: ReadPassage[], work: Work): Candidate[] {
  const asked = askedBy(questions, language);
  if (asked.terms.length === 0) return [];
  const { form, places, measure } = look(asked, read, work);
  const candidates = places.flatMap((place) => place.candidates);
  const { weights } = measure;
  const total = sum(weights);
  for (const place of places) weighPassage(asked, place, { form, measure }, total, work);
  const canBeFirst = candidates.filter((candidate) => {
    if (
      candidate.kind === 'code' &&
      !(form.asksForCode || (form.asksHow && coverageOf(candidate, measure, work).all > 0.8))
    )
      return false;
    return answers(candidate, asked, measure, work);
  });
  const isVague = rivalsAmong(canBeFirst, asked, measure, work) >= MANY_RIVALS;
  const pairGains = asked.pairs.map((pair) => PAIR_WEIGHT * sum(pair.map((place) => weights[place ?? -1] ?? 0)));
  const chosen: Candidate[] = [];
  const covered = weights.map(() => 0);
  while (chosen.length < MAX_QUOTES) {
    const considered = chosen.length > 0 ? candidates : canBeFirst;
    const [best, gain] = bestOf(considered, chosen, { weights, pairGains, covered }, work);
    if (!best || (chosen.length > 0 && gain < MIN_GAIN * total)) break;
    if (chosen.length === 0 && isVague && !best.of.isAbout) return [];
    chosen.push(best);
    forEachHeld(best, work, (place, how) => {
      covered[place] = Math.max(rateOf(best, how), covered[place] as number);
    });
  }
  const quotes = withCompanions(chosen, asked, form);
  return asked.mustEnumerate && !enumerates(quotes) ? [] : quotes;
}

/** Prefers passages that contain more of the question. Among equal ones, the order of retrieval decides. */
function weighPassage(
  asked: Asked,
  place: PassageCandidates,
  { form, measure }: Omit<Look, 'places'>,
  total: number,
  work: Work,
): void {
  const { rank, subject, subjectSize, candidates } = place;
  const { weights } = measure;
  const weightOf = (term: number): number => weights[term] as number;
  work.steps += place.all.size;
  const share = sum([...place.all].map(weightOf)) / total;
  const known = [...subject].filter((term) => weightOf(term) > 0);
  const isSubject = sum(known.map(weightOf)) / total >= SUBJECT_SHARE && known.length >= SUBJECT_SHARE * subjectSize;
  place.isAbout = isSubject;
  place.isSubject = asksTheSame(subject, subjectSize, measure);
  for (const candidate of candidates) {
    if (asked.asksForAll && isItem(candidate)) candidate.quality *= LIST_BONUS;
    // "Yes." has no terms; below the question as a heading it is the answer.
    if (place.isSubject && candidate.leads && candidate.kind === 'sentence' && candidate.termCount === 0)
      candidate.quality = 1;
    if (isCommand(candidate, asked, measure, form, work)) candidate.quality = COMMAND;
    if (isSubject) candidate.quality *= SUBJECT_BONUS * (candidate.leads ? SUBJECT_LEAD_BONUS : 1);
    candidate.quality *= (0.5 + share / 2) / (1 + rank / HALVED_AFTER);
  }
}

/** Whether code alone fully answers how to do something: no sentence is better than `npm install it`. */
function isCommand(candidate: Candidate, asked: Asked, measure: Measure, form: QuestionForm, work: Work): boolean {
  if (candidate.kind !== 'code' || !form.asksHow || asked.verb === undefined || !candidate.quality) return false;
  const isWhole = asked.terms.every(({ isOwn }, place) => !isOwn || candidate.own.includes(place));
  return isWhole && coverageOf(candidate, measure, work).own === 1;
}

/** How much (0-1) a candidate covers a term that it, its header or a heading above it has. */
function rateOf({ leads }: Candidate, how: number): number {
  if (how >= NEAR) return how === OWN ? 1 : NEAR_WEIGHT;
  return leads ? LEAD_HEADING_WEIGHT : HEADING_WEIGHT;
}

/** What a candidate can gain: per term of the question (`weights`, `covered`) and per pair of terms. */
interface Gains {
  weights: number[];
  pairGains: number[];
  /** How much (0-1) the chosen candidates cover each term. */
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
    forEachHeld(candidate, work, (place, how) => {
      const rate = rateOf(candidate, how);
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

/** Sorts passages by their best quote, and the quotes of a passage as in its text. */
function arranged(chosen: Candidate[]): Quote[] {
  const order = [...new Set(chosen.map(({ of }) => of.passage))];
  const sorted = [...chosen].sort(
    (a, b) => order.indexOf(a.of.passage) - order.indexOf(b.of.passage) || a.index - b.index,
  );
  return sorted.map(({ of: { passage }, text, kind, index }, position) => {
    const previous = sorted[position - 1];
    const follows = previous?.of.passage === passage && previous.index === index - 1;
    const next = sorted[position + 1];
    const inList = follows || (next?.of.passage === passage && next.index === index + 1 && next.kind === 'list-item');
    // A single item of a list reads better without its bullet or number. The rest stays verbatim.
    const alone = kind === 'list-item' && !inList;
    const quote = alone ? text.replace(/^(?:[-*+]|\d+[.)])\s+/, '') : text;
    return { passageId: passage.id, text: quote, kind, follows };
  });
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
