import { type Lexemes, quoted } from './lexemes.js';

/** A passage is expected to have this many of a question's heaviest terms; a long question has more. */
const EXPECTED_TERMS = 10;
/** Shares of the expected weight that a candidate must have, from strict to loose. Nothing is found below the last. */
const SHARES = [1, 0.8, 0.6, 0.4, 0.2];
/** Extra weight of two adjacent terms, relative to their weight. */
const PAIR_WEIGHT = 0.2;
/** Limit of pairs: each is compared with every candidate. */
const MAX_PAIRS = 100;

export interface WeightedTerm {
  term: string;
  /** Other forms with the same weight. */
  others: string[];
  /** Weight when deciding whether a passage matches enough of the question. */
  weight: number;
  /** Weight in the rank. */
  importance: number;
}

/** Arguments of `find_passages`: tsqueries, and weights as shares of the question. */
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
 * Converts a question to conditions for candidates and weights for ranking them.
 * @param sequence the terms of the question in its order, to find adjacent ones
 */
export function passageQuery(
  terms: WeightedTerm[],
  sequence: string[],
  lexemes: Lexemes,
  collections: string[] | undefined,
): PassageQuery {
  const sorted = heaviestFirst(terms);
  const expected = expectedWeight(terms);
  const within = collections?.map((name) => quoted(lexemes.collection(name))).join(' | ');
  const limited = (condition: string): string => (within === undefined ? condition : `(${within}) & ${condition}`);
  const total = terms.reduce((sum, { importance }) => sum + importance, 0);
  const known = new Map(terms.map(({ term, importance }) => [term, importance / total]));
  const weightOf = (term: string): number => known.get(term) ?? 0;
  const pairs = pairsIn(sequence.filter((term) => known.has(term)));
  return {
    conditions: [
      // With many passages, those about the question come first.
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
 * enough weight can lack a whole group: at least one term of each group must occur. The rarest terms form the first group.
 */
function conditionFor(sorted: WeightedTerm[], enough: number, lexemeOf: (term: string) => string): string {
  // Adding the same numbers in another order changes the last digits.
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

/** The weight expected of a passage. */
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
