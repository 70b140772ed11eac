import { literal } from '../../platform/duckdb/index.js';

/** A day in the form `YYYY-MM-DD`. */
export const day = (date: string): string => `DATE ${literal(date)}`;

/** All conditions, or nothing. */
export const where = (...conditions: (string | undefined)[]): string => {
  const given = conditions.filter((condition) => condition !== undefined && condition !== '');
  return given.length > 0 ? ` WHERE ${given.join(' AND ')}` : '';
};
