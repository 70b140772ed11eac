const MAX_INTEGER = 2 ** 31 - 1;

/** Text that PostgreSQL takes: it knows neither NUL nor half a surrogate pair. */
export const storableText = (text: string, maxCharacters: number): string =>
  text.slice(0, maxCharacters).toWellFormed().replaceAll('\0', '');

/** A count for a column of type integer, at its limit when it is larger. */
export const storableInteger = (value: number, max = MAX_INTEGER): number =>
  Number.isNaN(value) ? 0 : Math.min(max, Math.max(0, Math.trunc(value)));

/** The same for a column of type bigint, as far as numbers are exact. */
export const storableBigint = (value: number): number => storableInteger(value, Number.MAX_SAFE_INTEGER);
