import { claimOf, type Claim, type Place } from './claims.js';
import { compare } from './comparing.js';
import type { Difference } from './differences.js';

/** A sentence with its place; `language` is that of its document. */
export interface PlacedSentence extends Place {
  text: string;
  language: string;
}

export interface Grouping {
  /** The group of each sentence. Sentences of one group say the same. */
  groups: number[];
  /** Pairs of groups that contradict each other. */
  contradictions: { groups: [number, number]; kind: Difference }[];
}

/** Sentences that share fewer of their words cannot be about the same. */
const MIN_SHARED = 0.5;

/** Groups sentences by what they say, and finds the groups that contradict each other. */
export default (sentences: PlacedSentence[]): Grouping => {
  const groups = sentences.map((_sentence, index) => index);
  const groupOf = (index: number): number => {
    let group = index;
    while (groups[group] !== group) group = groups[group] as number;
    return group;
  };
  const join = (one: number, other: number): void => {
    const [first, second] = [groupOf(one), groupOf(other)].sort((a, b) => a - b) as [number, number];
    groups[second] = first;
  };
  const byText = new Map<string, number>();
  for (const [index, { text }] of sentences.entries()) {
    const key = text.replace(/\s+/g, ' ');
    const known = byText.get(key);
    if (known === undefined) byText.set(key, index);
    else join(known, index);
  }
  const claims = sentences.map(({ text, language, ...place }) => claimOf(text, place, language));
  const found: { pair: [number, number]; kind: Difference }[] = [];
  for (const [one, other] of likelyPairs(claims)) {
    const result = compare(claims[one] as Claim, claims[other] as Claim);
    if (result === 'same') join(one, other);
    else if (result !== undefined) found.push({ pair: [one, other], kind: result });
  }
  const contradictions = new Map<string, Grouping['contradictions'][number]>();
  for (const { pair, kind } of found) {
    const both = pair.map(groupOf).sort((a, b) => a - b) as [number, number];
    const key = both.join(' ');
    // What both contradicts and agrees with one statement is too vague to be shown.
    if (both[0] !== both[1] && !contradictions.has(key)) contradictions.set(key, { groups: both, kind });
  }
  return { groups: groups.map((_group, index) => groupOf(index)), contradictions: [...contradictions.values()] };
};

/** Pairs of claims that share enough of their words. */
function* likelyPairs(claims: (Claim | undefined)[]): Generator<[number, number]> {
  const byTerm = new Map<string, number[]>();
  for (const [index, claim] of claims.entries()) {
    if (!claim) continue;
    const own = new Set(claim.terms);
    const shared = new Map<number, number>();
    for (const term of own) {
      for (const other of byTerm.get(term) ?? []) shared.set(other, (shared.get(other) ?? 0) + 1);
      const known = byTerm.get(term);
      if (known) known.push(index);
      else byTerm.set(term, [index]);
    }
    for (const [other, count] of shared) {
      const least = Math.min(own.size, new Set(claims[other]?.terms).size);
      if (count >= MIN_SHARED * least) yield [other, index];
    }
  }
}
