import { CLAIM_WORDS } from './claim-words.js';
import { contextTerms, type Claim } from './claims.js';
import { contextsFit } from './contexts.js';
import { difference, type Difference } from './differences.js';
import type { Quantity } from './quantities.js';

export type Comparison = 'same' | Difference;

/** Words that may come in another order, as in "return goods" and "goods are returned". */
const MAX_REORDERED = 3;
/** With these words the order says who does what. */
const DIRECTED =
  /(?<!\p{L})(?:from|to|than|between|by|von|nach|als|zwischen|durch|que|entre|desde|hasta|par|por|vers)(?!\p{L})/iu;
const RULE = /(?<!\p{L})(?:minimum|minimal|mindest\p{L}*|required?|requires|needs?|mínim[oa])(?!\p{L})/iu;

/**
 * Compares what two sentences claim: the same, opposites, or neither. Strict: sentences that differ in any word that could make them
 * about different things, cases or times are not compared.
 */
export function compare(one: Claim, other: Claim): Comparison | undefined {
  if (one.language !== other.language || one.pronouns !== other.pronouns) return undefined;
  if (one.isPartial !== other.isPartial || one.isPast !== other.isPast) return undefined;
  if (one.isConditional !== other.isConditional || one.isHedged !== other.isHedged) return undefined;
  const quantities = alignedQuantities(one, other);
  if (!quantities || !sharesSubject(one, other, quantities)) return undefined;
  const { pairs, unmatched } = quantities;
  if (one.isNegated === other.isNegated) {
    if (!modalitiesFit(one, other) || unmatched.length > 0) return undefined;
    return ofQuantities(one, other, pairs);
  }
  // Of some, or perhaps, both can be true.
  if (one.isPartial || one.isHedged || !deniesOther(one, other)) return undefined;
  if (pairs.some(([a, b]) => difference(a, b) !== undefined)) return undefined;
  const [negative, positive] = one.isNegated ? [one, other] : [other, one];
  const isFinite = unmatched.every(
    (quantity) =>
      positive.quantities.includes(quantity) && isAtEnd(quantity, positive) && quantity.dimension !== 'date',
  );
  return isFinite && saysWhat(negative) ? 'negation' : undefined;
}

interface Aligned {
  pairs: [Quantity, Quantity][];
  /** Quantities that only one of the sentences has. */
  unmatched: Quantity[];
}

/** Pairs quantities of the same kind. Undefined if it is unclear which belong together. */
function alignedQuantities(one: Claim, other: Claim): Aligned | undefined {
  const pairs: [Quantity, Quantity][] = [];
  const unmatched: Quantity[] = [];
  const isOrdered = one.terms.join(' ') === other.terms.join(' ');
  for (const dimension of new Set([...one.quantities, ...other.quantities].map((each) => each.dimension))) {
    const [first, second] = [one, other].map(({ quantities }) =>
      quantities.filter((each) => each.dimension === dimension),
    ) as [Quantity[], Quantity[]];
    if (first.length === 0 || second.length === 0) unmatched.push(...first, ...second);
    else if (first.length !== second.length || (first.length > 1 && !isOrdered)) return undefined;
    else for (const [index, quantity] of first.entries()) pairs.push([quantity, second[index] as Quantity]);
  }
  return { pairs, unmatched };
}

/** Whether both sentences speak of the same thing and the same property of it. */
function sharesSubject(one: Claim, other: Claim, { pairs, unmatched }: Aligned): boolean {
  const dimensions = [...pairs.flat(), ...unmatched].map(({ dimension }) => dimension);
  const ignored = new Set([...dimensions, 'any'].flatMap((dimension) => lightTerms(dimension, one.language)));
  const [first, second] = [one, other].map(({ terms }) => terms.filter((term) => !ignored.has(term))) as [
    string[],
    string[],
  ];
  if (first.length === 0 || second.length === 0) return false;
  const anchors = new Set(pairs.length > 0 ? oneSidedAnchor(one, other, first, second) : []);
  const [left, right] = [first, second].map((terms) => terms.filter((term) => !anchors.has(term))) as [
    string[],
    string[],
  ];
  if (left.length === 0 || left.length !== right.length) return false;
  if (left.join(' ') !== right.join(' ')) {
    if (left.length > MAX_REORDERED || left.toSorted().join(' ') !== right.toSorted().join(' ')) return false;
    if (DIRECTED.test(one.text) || DIRECTED.test(other.text)) return false;
  }
  return contextsFit(one, other, new Set(left));
}

const knownLight = new Map<string, string[]>();
function lightTerms(dimension: string, language: Claim['language']): string[] {
  const key = `${language} ${dimension}`;
  const words = CLAIM_WORDS[language].light[dimension] ?? [];
  const known = knownLight.get(key) ?? [...contextTerms([...words].join(' '), language)];
  knownLight.set(key, known);
  return known;
}

/** "of delivery" in "within 30 days of delivery", if the other sentence names no event at all. */
function oneSidedAnchor(one: Claim, other: Claim, first: string[], second: string[]): string[] {
  const [longer, claim] = first.length > second.length ? [first, one] : [second, other];
  const shorter = new Set(longer === first ? second : first);
  const added = longer.filter((term) => !shorter.has(term));
  if (added.length !== 1 || longer.length - shorter.size !== 1) return [];
  const after = claim.quantities
    .filter(({ dimension, bound }) => dimension === 'time' && bound === 'most')
    .map(({ end }) => claim.text.slice(end));
  const isAnchored = after.some((rest) =>
    /^\s(?:of|after|from|nach|ab|seit|après|de|à compter de|después de|desde|tras)\s(?:(?:the|your|der|dem|ihrer|la|le|el|su|votre)\s)?\p{L}+[.!]?$/iu.test(
      rest,
    ),
  );
  return isAnchored ? added : [];
}

function ofQuantities(one: Claim, other: Claim, pairs: [Quantity, Quantity][]): Comparison | undefined {
  const differences = pairs.map(([a, b]) => difference(a, b));
  if (differences.includes('unclear')) return undefined;
  const differing = differences.filter((each) => each !== undefined);
  if (differing.length === 0) return 'same';
  if (one.isPartial || one.isHedged) return undefined;
  if (one.isConditional && /(?<!\p{L})(?:if|wenn|falls|si)(?!\p{L})/iu.test(one.text)) return undefined;
  if (differing.includes('date')) {
    // Another year can be another case: "In 2023, 5 shops opened."
    return pairs.length === 1 && one.happensOnce && other.happensOnce ? 'date' : undefined;
  }
  // Where different things differ, the cases differ: "A survey of 500 people found that 40 % agree."
  if (new Set(pairs.filter((_pair, index) => differences[index]).map(([{ dimension }]) => dimension)).size > 1) {
    return undefined;
  }
  if (pairs.some(([a, b]) => isCase(a, one) || isCase(b, other))) return undefined;
  if (pairs.some(([a, b], index) => differences[index] && isDescriptive(a, one) && isDescriptive(b, other))) {
    return undefined;
  }
  return differing[0] as Difference;
}

/** "Doses of 5 mg" are a case of their own; "the dose" or "a dose of 5 mg" is the thing itself. */
const isCase = ({ start }: Quantity, { text }: Claim): boolean =>
  /^\p{L}+ (?:of|with|von|mit|de|con|avec|à)(?: |$)/iu.test(text) && start <= text.indexOf(' ') + 1;

/** "More than 50 employees" and "more than 100 employees" can both be true. A rule with a minimum can not. */
function isDescriptive({ bound }: Quantity, claim: Claim): boolean {
  if (bound !== 'least' && bound !== 'more' && bound !== 'less') return false;
  return claim.modality !== 'necessary' && !RULE.test(claim.text);
}

const modalitiesFit = (one: Claim, other: Claim): boolean =>
  one.modality === other.modality ||
  // "You can return" and "goods can be returned"; "takes" and "can take" are not the same.
  (one.quantities.length > 0 &&
    ![one.modality, other.modality].some((each) => each === 'unnecessary' || each === 'possible'));

/** Whether the negated sentence denies what the other one says, by their modal verbs. */
function deniesOther(one: Claim, other: Claim): boolean {
  const [negative, positive] = one.isNegated ? [one, other] : [other, one];
  if (positive.modality === 'unnecessary') return false;
  if (negative.modality === 'unnecessary') return positive.modality === 'necessary';
  if (negative.modality === 'plain') return positive.modality === 'plain';
  return true;
}

/** A quantity at the end says how long or how much, and not which cases are meant. */
function isAtEnd({ dimension, end, bound }: Quantity, { text }: Claim): boolean {
  const isLimit = bound === 'exact' || bound === 'about' || (bound === 'most' && dimension === 'time');
  return isLimit && text.slice(end).split(/\s+/).filter(Boolean).length <= 3;
}

/** Whether a negated sentence names both a subject and what is denied of it. */
const saysWhat = ({ terms }: Claim): boolean => terms.length > 1;
