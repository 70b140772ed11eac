import { DEEPEST, forEachHeld, readPassage, type Candidate } from './extractive-candidates.js';
import { look } from './extractive-look.js';
import { coverageOf, type Measure } from './extractive-measure.js';
import { askedBy, type Asked } from './extractive-question.js';
import { namesAnother } from './extractive-subject.js';
import { meanings } from './extractive-synonyms.js';
import type { GroundingPassage } from './grounding.js';
import type { Sentence, Span } from '../text/index.js';

/** Share of a subject's heaviest terms that a statement must have with its headings, and without them. */
const MIN_COVERAGE = 0.6;
const MIN_OWN = 0.25;
/** Quality below which a sentence is no statement: questions, links, scraps. */
const MIN_QUALITY = 0.55;
/** Number of passages after which a statement counts half as much. */
const HALVED_AFTER = 16;
const MAX_WORDS = 70;
/** UTF-16 units of a statement. */
const MAX_LENGTH = 800;

/** A sentence, item or row of a passage that says something. Spans are in UTF-16 indices of the passage's text. */
export interface Statement extends Span {
  passageId: number;
  kind: Sentence['kind'];
  /** The header of the row, or the sentence that introduces the list. */
  introduction: Span | undefined;
  /** Relevance for the subject; comparable within one call. */
  score: number;
}

/** A subject to find statements about. */
export interface Subject {
  text: string;
  /** Words that a statement must have, itself or in the heading right above it. */
  required?: string;
}

/**
 * All that passages say about a subject, the most relevant first. Text that addresses a model is left out.
 * @param language in which subject and passages are read
 */
export function statementsAbout(subject: Subject, passages: GroundingPassage[], language: string): Statement[] {
  const work = { steps: 0 };
  const read = passages.map((passage, rank) => readPassage(passage, rank, language, work));
  const asked = askedBy([`${subject.text} ${subject.required ?? ''}`], language);
  if (asked.terms.length === 0) return [];
  const { places, measure } = look(asked, read, work);
  const required = meanings(subject.required ?? '', language).flatMap((term) => asked.places.get(term) ?? []);
  return places
    .flatMap(({ candidates }) => candidates)
    .flatMap((candidate) => {
      const score = relevance(candidate, { asked, measure, required });
      return score > 0 ? [toStatement(candidate, score)] : [];
    })
    .sort((a, b) => b.score - a.score);
}

function isStatement({ quality, kind, termCount, text }: Candidate): boolean {
  const isTold = kind !== 'code' && termCount <= MAX_WORDS && text.length <= MAX_LENGTH && !text.endsWith(':');
  return isTold && quality >= MIN_QUALITY;
}

function relevance(
  candidate: Candidate,
  { asked, measure, required }: { asked: Asked; measure: Measure; required: number[] },
): number {
  if (!isStatement(candidate)) return 0;
  const work = { steps: 0 };
  const { all, own } = coverageOf(candidate, measure, work);
  if (all < MIN_COVERAGE || (own < MIN_OWN && !candidate.leads)) return 0;
  const held = new Map<number, number>();
  forEachHeld(candidate, work, (place, how) => held.set(place, how));
  if ([...measure.names].some((place) => !candidate.of.all.has(place))) return 0;
  if (namesAnother(candidate, asked, held)) return 0;
  if (required.some((place) => (held.get(place) ?? -1) < DEEPEST)) return 0;
  return ((all + own) * candidate.quality) / (1 + candidate.of.rank / HALVED_AFTER);
}

function toStatement({ of, index, start, end, kind, under }: Candidate, score: number): Statement {
  const above = under === undefined || under === index ? undefined : of.candidates[under];
  const isQuotable = above && !above.addressesModel && above.text.length <= MAX_LENGTH;
  const introduction = isQuotable ? { start: above.start, end: above.end } : undefined;
  return { passageId: of.passage.id, start, end, kind, introduction, score };
}
