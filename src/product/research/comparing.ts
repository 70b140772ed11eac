import { CLAIM_WORDS } from './claim-words.js';
import { contextTerms, type Claim } from './claims.js';
import { datesDiffer } from './dates.js';
import type { Quantity } from './quantities.js';

/** In what two statements contradict each other. */
export type Difference = 'number' | 'date' | 'unit' | 'negation';
export type Comparison = 'same' | Difference;

/** Numbers that differ by less are the same if one of them is approximate. */
const APPROXIMATE = 1.5;
/** A month has no fixed number of days, and a kilobyte no fixed number of bytes. */
const INEXACT = 0.1;
/** A rounded number differs by less. */
const ROUNDING = 0.02;
/** With fewer words, a sentence does not say which thing it is about: then headings and titles must not differ. */
const TELLING = 3;
/** Words that may come in another order, as in "return goods" and "goods are returned". */
const MAX_REORDERED = 3;
/** With these words the order says who does what. */
const DIRECTED =
  /(?<!\p{L})(?:from|to|than|between|by|von|nach|als|zwischen|durch|que|entre|desde|hasta|par|por|vers)(?!\p{L})/iu;
const RULE = /(?<!\p{L})(?:minimum|minimal|mindest\p{L}*|required?|requires|needs?|mínim[oa])(?!\p{L})/iu;

/** Words of titles and headings that name a kind of text and not its subject. */
const GENERIC = new Set(
  (
    'overview introduction faq faqs question questions general generals guide handbook manual documentation document documents docs doc policy policies terms ' +
    'conditions notes note summary report annual reference rules rule information info website page brochure contract wiki intranet old new current ' +
    'first second third one two three alpha beta gamma a b c d test example sample detail details fact facts help support customer customers employee employees ' +
    'leaflet flyer article news blog post press release update readme about basics draft final copy version part ' +
    'handbuch richtlinie richtlinien bedingungen allgemeines allgemein übersicht einleitung hinweise hinweis bericht regeln informationen seite vertrag fragen antworten ' +
    'anleitung alt neu aktuell merkblatt broschüre kunden mitarbeiter dokument beispiel leitfaden ' +
    'guide manuel politique conditions générales aperçu introduction remarques rapport règles règlement informations page contrat ancien nouveau document exemple clients ' +
    'guía manual política condiciones generales resumen introducción notas informe reglas reglamento información página contrato antiguo nuevo documento ejemplo clientes preguntas frecuentes'
  ).split(' '),
);

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
  const { light } = CLAIM_WORDS[one.language];
  const dimensions = [...pairs.flat(), ...unmatched].map(({ dimension }) => dimension);
  const ignored = new Set(
    [...dimensions, 'any'].flatMap((dimension) => [
      ...contextTerms([...(light[dimension] ?? [])].join(' '), one.language),
    ]),
  );
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

/** Headings and titles that name different things make equal sentences say different things. */
function contextsFit(one: Claim, other: Claim, shared: Set<string>): boolean {
  const contextOf = (text: string, claim: Claim): Set<string> =>
    new Set(
      [...contextTerms(text, claim.language)].filter((term) => !shared.has(term) && !generic(claim.language).has(term)),
    );
  const numbersOf = ({ place: { title, heading } }: Claim): string =>
    (`${title} ${heading}`.match(/\d+(?:\.\d+)*/g) ?? []).join(' ');
  const [numbers, others] = [numbersOf(one), numbersOf(other)];
  if (numbers !== '' && others !== '' && numbers !== others) return false;
  const [heading, otherHeading] = [contextOf(one.place.heading, one), contextOf(other.place.heading, other)];
  if (areApart(heading, otherHeading)) return false;
  if (one.place.documentId === other.place.documentId) {
    // Within a document, a section of its own is about a thing of its own.
    return one.place.heading === other.place.heading || (heading.size === 0 && otherHeading.size === 0);
  }
  const isTelling = shared.size >= TELLING || [...shared].some((term) => one.names.has(term));
  if (isTelling) return true;
  return !areApart(contextOf(one.place.title, one), contextOf(other.place.title, other));
}

const genericTerms = new Map<string, Set<string>>();
function generic(language: Claim['language']): Set<string> {
  const known = genericTerms.get(language) ?? contextTerms([...GENERIC].join(' '), language);
  genericTerms.set(language, known);
  return known;
}

const areApart = (one: Set<string>, other: Set<string>): boolean =>
  [...one].some((term) => !other.has(term)) && [...other].some((term) => !one.has(term));

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

/** How two quantities of one dimension differ; undefined if they do not. */
function difference(one: Quantity, other: Quantity): Difference | 'unclear' | undefined {
  if (one.dimension === 'date') {
    if (one.relation !== other.relation) return 'unclear';
    return one.date && other.date && datesDiffer(one.date, other.date) ? 'date' : undefined;
  }
  if (!relationsFit(one, other)) return 'unclear';
  const isEqualNumber = one.written === other.written && one.low === one.high && other.low === other.high;
  const areFree = one.currency === 'any' || other.currency === 'any';
  if (one.currency !== other.currency && !areFree) return isEqualNumber ? 'unit' : 'unclear';
  const [left, right] = perOf(one, other);
  if (left === undefined || right === undefined) {
    if (areFree) return one.low === other.low ? undefined : 'number';
    return isEqualNumber && one.factor === other.factor && one.per !== other.per ? 'unit' : 'unclear';
  }
  return ofIntervals(one, other, [left, right], isEqualNumber);
}

/** By how much to divide each quantity to compare them; undefined if "per user" and "per month" do not compare. */
function perOf(one: Quantity, other: Quantity): [number | undefined, number | undefined] {
  if (one.per === other.per) return [1, 1];
  if (typeof one.per === 'number' && typeof other.per === 'number') {
    const [a, b] = [one.low / one.per, other.low / other.per];
    return Math.abs(a - b) <= INEXACT * Math.max(a, b) ? [one.per, other.per] : [undefined, undefined];
  }
  return [undefined, undefined];
}

function ofIntervals(
  one: Quantity,
  other: Quantity,
  [left, right]: [number, number],
  isEqualNumber: boolean,
): Difference | undefined | 'unclear' {
  const [a, b] = [one, other].map(({ low, high }, index) => ({
    low: low / (index === 0 ? left : right),
    high: high / (index === 0 ? left : right),
  })) as [{ low: number; high: number }, { low: number; high: number }];
  const isInexact = one.factor !== other.factor && (one.dimension === 'time' || one.dimension === 'bytes');
  const slack = Math.max(
    one.precision,
    other.precision,
    isInexact ? INEXACT * Math.max(Math.abs(a.high), Math.abs(b.high)) : 0,
  );
  const isRough = one.bound === 'about' || other.bound === 'about';
  const gap = Math.max(a.low - b.high, b.low - a.high, 0);
  if (one.isHalfDay || other.isHalfDay) {
    const apart = Math.abs(a.low - b.low) % 720;
    return apart === 0 ? undefined : 'number';
  }
  // The given digits decide: 8,849 m is 8,848.86 m, and 8,849 m is not 8,850 m.
  const isRounded =
    gap <= slack * (1 + 1e-9) && (isInexact || gap <= ROUNDING * Math.max(Math.abs(a.high), Math.abs(b.high)));
  const isSame = gap === 0 || (isRounded && (isInexact || one.precision !== other.precision));
  const isRange = a.low !== a.high || b.low !== b.high;
  if (isSame) return isRange && (a.low !== b.low || a.high !== b.high) ? 'unclear' : boundsAgree(one, other);
  if (isRough && ratio(a, b) <= APPROXIMATE) return 'unclear';
  const kind = isEqualNumber && one.factor !== other.factor ? 'unit' : 'number';
  return boundsExclude(one, other) ? kind : 'unclear';
}

function ratio(a: { low: number; high: number }, b: { low: number; high: number }): number {
  const [small = 0, large = 0] = [Math.abs((a.low + a.high) / 2), Math.abs((b.low + b.high) / 2)].sort((x, y) => x - y);
  return small === 0 ? Infinity : large / small;
}

const ABOVE = new Set(['least', 'more']);
const BELOW = new Set(['most', 'less']);
/** "Up to 5" and "at least 5" are different statements with the same number. */
const boundsAgree = ({ bound }: Quantity, other: Quantity): 'unclear' | undefined =>
  (ABOVE.has(bound) && BELOW.has(other.bound)) || (BELOW.has(bound) && ABOVE.has(other.bound)) ? 'unclear' : undefined;

/** Whether different numbers with these bounds cannot both be right. */
function boundsExclude(one: Quantity, other: Quantity): boolean {
  if (ABOVE.has(one.bound))
    return ABOVE.has(other.bound) || (!BELOW.has(other.bound) ? other.high < one.low : other.high < one.low);
  if (ABOVE.has(other.bound)) return boundsExclude(other, one);
  if (BELOW.has(one.bound)) return BELOW.has(other.bound) || other.low > one.high;
  if (BELOW.has(other.bound)) return boundsExclude(other, one);
  return true;
}

/** "From 9:00" and "until 17:00" are different properties; "in 30 days" and "after 30 days" are one. */
function relationsFit(one: Quantity, other: Quantity): boolean {
  if (one.relation === other.relation) return true;
  const both = new Set([one.relation, other.relation]);
  return (
    one.dimension === 'time' && both.has('plain') && both.has('after') && one.bound !== 'most' && other.bound !== 'most'
  );
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
