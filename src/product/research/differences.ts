import { datesDiffer } from './dates.js';
import type { Quantity } from './quantities.js';

/** In what two statements contradict each other. */
export type Difference = 'number' | 'date' | 'unit' | 'negation';

/** Numbers that differ by less are the same if one of them is approximate. */
const APPROXIMATE = 1.5;
/** A month has no fixed number of days, and a kilobyte no fixed number of bytes. */
const INEXACT = 0.1;
/** A rounded number differs by less. */
const ROUNDING = 0.02;

/** How two quantities of one dimension differ; undefined if they do not. */
export function difference(one: Quantity, other: Quantity): Difference | 'unclear' | undefined {
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
