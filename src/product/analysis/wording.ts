import type { Unit } from './analysis.types.js';

const LARGE = 1_000;

const plain = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: 0 });

/** A value for people. */
export function shown(value: number, unit: Unit): string {
  if (unit === 'share') return percent(value);
  if (unit === 'count') return plain(value, 0);
  if (Math.abs(value) >= LARGE) return plain(value, 0);
  if (unit === 'amount') return value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
}

/** A difference, with its sign. */
export const signed = (value: number, unit: Unit): string => `${value < 0 ? '−' : '+'}${shown(Math.abs(value), unit)}`;

export const percent = (share: number): string => `${plain(share * 100, Math.abs(share) < 1 ? 1 : 0)}%`;

/** “rose by 3.1%”, “fell by 3.1%” or “did not change”. Shares change by percentage points. */
export function moved(from: number, to: number, unit: Unit): string {
  const difference = to - from;
  if (difference === 0) return 'did not change';
  const verb = difference > 0 ? 'rose' : 'fell';
  if (unit === 'share')
    return `${verb} by ${isTiny(difference) ? LITTLE : plain(Math.abs(difference) * 100, 1)} percentage points`;
  if (from === 0) return `${verb} by ${shown(Math.abs(difference), unit)}`;
  const change = Math.abs(difference / from);
  return `${verb} by ${isTiny(change) ? `${LITTLE}%` : percent(change)}`;
}

const LITTLE = 'less than 0.1';
/** It would be rounded to 0. */
const isTiny = (share: number): boolean => Math.abs(share) < 0.0005;

export const listed = (words: string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** A probability as it is usually printed. */
export const probability = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`);

/** To six significant digits more than anybody reads, so that results do not depend on the order of additions. */
export const rounded = (value: number): number => Number(value.toPrecision(12));
