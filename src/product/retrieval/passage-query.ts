import { type Lexemes, quoted } from './lexemes.js';

/** Of the heaviest terms of a question, this many are expected in a passage; a long question holds more. */
const EXPECTED_TERMS = 10;
/** Shares of the expected weight that a candidate must have, from strict to loose. Below the last nothing is found. */
const SHARES = [1, 0.8, 0.6, 0.4, 0.2];
/** How much two terms side by side add, of their weight. */
const PAIR_WEIGHT = 0.2;
/** Pairs that are looked at: each costs a look at every candidate. */
const MAX_PAIRS = 100;

export interface WeightedTerm {
  term: string;
  /** Other forms that count as much. */
  others: string[];
  /** What holding it is worth when it is asked whether a passage holds enough of the question. */
  weight: number;
  /** What it is worth in the rank. */
  importance: number;
}

/** What is asked of `find_passages`: tsqueries, and weights as shares of the question. */
export interface PassageQuery {
  conditions: string[];
  terms: string[];
  /** The other forms of each term. */
  others: (string | null)[];
  shares: number[];
  weights: number[];
  pairs: string[];
  pairWeights: number[];
  leastShare: number;
}

/**
 * Turns a question into conditions for candidates and weights for ranking them.
 * @param sequence the terms of the question in its order, for which stand side by side
 */
export function passageQuery(
  terms: WeightedTerm[],
  sequence: string[],
  lexemes: Lexemes,
  collection: string | undefined,
): PassageQuery {
  const sorted = heaviestFirst(terms);
  const expected = expectedWeight(terms);
  const limited = (condition: string): string =>
    collection === undefined ? condition : `${quoted(lexemes.collection(collection))} & ${condition}`;
  const total = terms.reduce((sum, { importance }) => sum + importance, 0);
  const known = new Map(terms.map(({ term, importance }) => [term, importance / total]));
  const weightOf = (term: string): number => known.get(term) ?? 0;
  const pairs = pairsIn(sequence.filter((term) => known.has(term)));
  return {
    conditions: [
      // Where there are many passages, those come first that are about the question.
      conditionFor(sorted, expected, (term) => lexemes.heading(term)),
      ...SHARES.map((share) => conditionFor(sorted, share * expected, (term) => lexemes.term(term))),
    ].map(limited),
    terms: terms.map(({ term }) => quoted(lexemes.term(term))),
    others: terms.map(({ others }) => others.map((form) => quoted(lexemes.term(form))).join(' | ') || null),
    shares: terms.map(({ weight }) => weight / expected),
    weights: terms.map(({ importance }) => importance / total),
    pairs: pairs.map((pair) => pair.map((term) => quoted(lexemes.term(term))).join(' <-> ')),
    pairWeights: pairs.map(([first, second]) => PAIR_WEIGHT * (weightOf(first) + weightOf(second))),
    leastShare: SHARES.at(-1) as number,
  };
}

/**
 * A condition that every passage with this much weight meets, and few others. Terms are grouped so that no passage with
 * enough weight can do without a whole group: at least one term of each group must be there. The rarest make the first.
 */
function conditionFor(sorted: WeightedTerm[], enough: number, lexemeOf: (term: string) => string): string {
  // Sums of the same numbers in another order differ in the last digits.
  const dispensable = sum(sorted) - enough + 1e-9;
  const groups: string[] = [];
  let group: WeightedTerm[] = [];
  for (const term of sorted) {
    group.push(term);
    if (sum(group) <= dispensable) continue;
    groups.push(
      group
        .flatMap(({ term, others }) => [term, ...others])
        .map((form) => quoted(lexemeOf(form)))
        .join(' | '),
    );
    group = [];
  }
  return groups.map((alternatives) => `(${alternatives})`).join(' & ');
}

/** The weight of what is expected of a passage. */
export function expectedWeight(terms: WeightedTerm[]): number {
  return sum(heaviestFirst(terms).slice(0, EXPECTED_TERMS));
}

function heaviestFirst(terms: WeightedTerm[]): WeightedTerm[] {
  return terms.toSorted((a, b) => b.weight - a.weight);
}

function pairsIn(sequence: string[]): [string, string][] {
  const pairs = new Map<string, [string, string]>();
  for (const [index, second] of sequence.entries()) {
    const first = sequence[index - 1];
    if (first !== undefined && first !== second) pairs.set(`${first} ${second}`, [first, second]);
  }
  return [...pairs.values()].slice(0, MAX_PAIRS);
}

function sum(terms: { weight: number }[]): number {
  return terms.reduce((total, { weight }) => total + weight, 0);
}
