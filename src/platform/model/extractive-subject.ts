import { NEAR, type Candidate } from './extractive-candidates.js';
import { cellsOf, namesWithNeighbours, WORD } from './extractive-names.js';
import type { Asked } from './extractive-question.js';

/**
 * Whether a quote has another name in place of one of the question: the Borealis instead of the Aurora, or version 3
 * instead of version 4.
 */
export function namesAnother({ kind, text }: Candidate, asked: Asked, held: Map<number, number>): boolean {
  const missing = asked.things.filter(({ place }) => (held.get(place) ?? 0) < NEAR);
  if (missing.length === 0 || kind === 'code') return false;
  const others = namesWithNeighbours(text);
  return missing.some(({ before, after }) =>
    others.some(
      (other) => (before !== undefined && other.before === before) || (after !== undefined && other.after === after),
    ),
  );
}

/** The cells of a row in a column whose header has a term of the question that the row itself lacks. */
export function cellsAskedFor(row: Candidate): string[] {
  const header = row.under === undefined ? undefined : row.of.candidates[row.under];
  if (row.kind !== 'table-row' || header?.kind !== 'table-row' || row.near.length === 0) return [];
  const cells = cellsOf(row.text);
  const named = header.cells;
  return cells.filter((_cell, column) => named[column]?.some((place) => row.near.includes(place)));
}

/** Maximum occurrences of a word that are checked: each verb is compared with each object. */
const MAX_PLACES = 8;
/** UTF-16 units of a sentence that are checked. */
const MAX_LOOKED_AT = 600;
/** Words that no object follows. */
const PREPOSITION = /^(?:from|in|into|of|to|for|with|by|on|at|as|via|using|when|if|while|without)$/i;

/**
 * Whether a sentence that has both says that the verb is done to the object: no preposition is between them, or the
 * object comes first. "Remove the argument from the hook" does not say how to remove the hook.
 */
export function isDoneTo(
  text: string,
  [verb, object]: [verb: string, object: string],
  termOf: (word: string) => string[],
): boolean {
  const words = [...text.slice(0, MAX_LOOKED_AT).matchAll(WORD)].map(({ 0: word, index }) => ({
    word,
    index,
    terms: termOf(word),
  }));
  const placesOf = (term: string): number[] =>
    words.flatMap(({ terms }, at) => (terms.includes(term) ? [at] : [])).slice(0, MAX_PLACES);
  const [verbs, objects] = [placesOf(verb), placesOf(object)];
  if (verbs.length === 0 || objects.length === 0) return true;
  const isBefore = (at: number, of: number): boolean => !/[.;|] /.test(text.slice(words[of]?.index, words[at]?.index));
  const isAfter = (at: number, of: number): boolean =>
    !words.slice(at + 1, of).some(({ word }) => PREPOSITION.test(word));
  return verbs.some((at) => objects.some((of) => (of <= at ? isBefore(at, of) : isAfter(at, of))));
}
