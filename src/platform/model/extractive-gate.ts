import {
  ABOVE,
  DEEPEST,
  forEachHeld,
  NEAR,
  withoutAddresses,
  type Candidate,
  type Work,
} from './extractive-candidates.js';
import { enumerates, isItem, wholeList } from './extractive-companions.js';
import { cellsAskedFor, isDoneTo, namesAnother } from './extractive-subject.js';
import { meaningOf, meanings } from './extractive-synonyms.js';
import { terms as termsOf } from '../text/index.js';
import { coverageOf, isOnSubject, type Measure } from './extractive-measure.js';
import { fits } from './extractive-forms.js';
import { DEFAULT, isNegative, type Asked } from './extractive-question.js';

/** Share of the terms' weight that a quote must have, itself or in its headings and introduction. */
const MIN_COVERAGE = 0.72;
/** Share that it must have without its headings. */
const MIN_OWN = 0.3;
/** Replaces MIN_COVERAGE for other languages than English, whose verbs and forms are unknown here. */
const MIN_FOREIGN = 0.5;
/** A sentence with more distinct terms has many terms of any question. */
const MAX_WORDS = 70;
/** A question with at most this many terms requires all of them. */
const SHORT_QUESTION = 3;
/** A term with less than this share of the heaviest weight is in most passages. The quote need not contain it. */
const COMMON = 0.25;
/** Share of a question for a list that the list's heading and introduction must have. */
const MIN_LISTED = 0.6;
/** Share of the heaviest terms that a heading must have to count as the question. */
const SAME_QUESTION = 0.75;

const HOW = /^how (?:do|can|to|should)\b/i;
/** A sentence with more parts between commas lists things and does not explain how to do something. */
const MAX_ENUMERATED = 10;
/** Whether a quote can be the answer: it contains the requested information, about the right subject, in the required form. */
export function answers(candidate: Candidate, asked: Asked, measure: Measure, work: Work): boolean {
  if (candidate.quality === 0) return false;
  const { all, own } = coverageOf(candidate, measure, work);
  const isNamed = candidate.own.some((place) => asked.terms[place]?.isName) && cellsAskedFor(candidate).length > 0;
  if (asked.asksForAll && isItem(candidate) && !isNamed && listed(candidate, measure) < MIN_LISTED) return false;
  if (asked.mustEnumerate && !isItem(candidate) && !enumerates([candidate, ...wholeList(candidate)])) return false;
  if (all < (!asked.isEnglish ? MIN_FOREIGN : MIN_COVERAGE)) return false;
  const held = new Map<number, number>();
  forEachHeld(candidate, work, (place, how) => held.set(place, how));
  if (candidate.termCount > MAX_WORDS && candidate.kind !== 'code') return false;
  if (misses(held, candidate, asked, measure) > 0) return false;
  if (measure.entitled.some((place) => !candidate.of.all.has(place))) return false;
  if (asked.isLeaning && measure.earlier.length > 0 && !measure.earlier.some((place) => candidate.of.all.has(place)))
    return false;
  const meant = [...measure.excused].some((place) => (held.get(place) ?? ABOVE) > DEEPEST);
  if (own < MIN_OWN && !meant && !standsForHeading(candidate, asked, measure)) return false;
  const standard = asked.asksDefault ? asked.places.get(DEFAULT) : undefined;
  if (standard !== undefined && (held.get(standard) ?? ABOVE) < NEAR) return false;
  if (asked.counted !== undefined && (held.get(asked.counted) ?? ABOVE) < DEEPEST) return false;
  if (asked.verb !== undefined && (held.get(asked.verb) ?? ABOVE) < DEEPEST) return false;
  const lacks = (place: number): boolean => !held.has(place) && !candidate.of.all.has(place);
  if (
    asked.terms.some(
      ({ isName, isOwn }, place) => isName && isOwn && (measure.weights[place] as number) > 0 && lacks(place),
    )
  )
    return false;
  // A passage may name its subject only once, but a statement about an identifier is next to it.
  if (isNowhere(asked.identifiers, held)) return false;
  if (isNowhere(asked.object, held)) return false;
  if (namesAnother(candidate, asked, held)) return false;
  if (candidate.kind !== 'code' && !isDoneToObject(candidate, asked)) return false;
  if (candidate.kind === 'sentence' && asked.isOpen && isEcho(candidate, asked)) return false;
  // Digits in the address of a link mean nothing.
  const text = withoutAddresses(candidate.text);
  if (asked.isNegated && !isNegative(text)) return false;
  const cells = cellsAskedFor(candidate);
  if (asked.asksWhere && cells.length > 0 && !cells.some((cell) => /\p{L}{3}/u.test(cell))) return false;
  if (candidate.kind !== 'code' && HOW.test(asked.question) && text.split(/[,;]/).length > MAX_ENUMERATED) return false;
  return asked.type === undefined || fits(text, asked.type, asked);
}

/** Whether neither a quote nor the heading right above it has any of these terms. False without terms. */
function isNowhere(places: number[], held: Map<number, number>): boolean {
  return places.length > 0 && places.every((place) => (held.get(place) ?? ABOVE) < DEEPEST);
}

function isDoneToObject({ text, own }: Candidate, { verb, object, terms, language }: Asked): boolean {
  const head = object.at(-1);
  if (verb === undefined || head === undefined || verb === head || !own.includes(verb) || !own.includes(head))
    return true;
  const pair: [string, string] = [terms[verb]?.term ?? '', terms[head]?.term ?? ''];
  return isDoneTo(text, pair, (word) => termsOf(word, language).map(meaningOf));
}

/** Short information: a number, code, a compound identifier, or yes or no. */
const TELLING = /[\d`]|\p{Ll}\p{Lu}|\b(?:[Yy]es|[Nn]ot?|[Nn]ever|[Aa]lways|cannot)\b|n['’]t\b/u;
const SAYING_NOTHING = new Set(meanings('possible available following various different', 'en'));

/** Whether a sentence only repeats the question: "Possible errors during verification." */
function isEcho({ words, text }: Candidate, { places }: Asked): boolean {
  const further = words.filter((word) => !places.has(word) && !SAYING_NOTHING.has(word));
  const plain = withoutAddresses(text);
  return further.length === 0 && !TELLING.test(plain) && !/(?::|…|\.\.\.)$/.test(plain);
}

/** Number of the heaviest terms that a quote lacks. In a long question, one of them may be missing, but not the heaviest. */
function misses(held: Map<number, number>, candidate: Candidate, asked: Asked, { heaviest, weights }: Measure): number {
  const { of } = candidate;
  const isNear = (place: number): boolean => asked.terms[place]?.isName === true && of.all.has(place);
  const enough = COMMON * (weights[heaviest[0] ?? -1] ?? 0);
  const isLacking = (place: number): boolean =>
    !held.has(place) && !isNear(place) && (weights[place] as number) >= enough;
  const lacking = heaviest.filter((place) => isLacking(place) && asked.terms[place]?.weight === 1);
  const isInflected = asked.language === 'ja';
  // A table row needs only its subject and the requested cell.
  const isRow = cellsAskedFor(candidate).length > 0 && heaviest.some((place) => candidate.own.includes(place));
  const sparesKind = asked.terms.some(
    ({ isKind, isOwn }, place) => isKind && isOwn && !held.has(place) && (weights[place] as number) > 0,
  );
  const canSpare =
    !sparesKind &&
    (isInflected || lacking[0] !== heaviest[0]) &&
    heaviest.length >= SHORT_QUESTION + (asked.isEnglish && !isRow ? 1 : 0);
  return lacking.length - (canSpare ? 1 : 0);
}

/** How much of the question (0-1) applies to a whole list, because its heading or introduction says it. */
function listed({ of, under }: Candidate, { weights, heaviest, total }: Measure): number {
  const introduction = new Set(under === undefined ? [] : of.candidates[under]?.own);
  const isHeaded = (place: number): boolean =>
    of.heading.includes(place) && (isOnSubject(of) || !of.subject.has(place));
  const above = heaviest.filter((place) => introduction.has(place) || isHeaded(place));
  return above.reduce((sum, place) => sum + (weights[place] as number), 0) / total;
}

/**
 * Whether a quote need not repeat its heading: it is the first sentence or code below the question, or an item of the
 * requested list.
 */
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
