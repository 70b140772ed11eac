const MAX_INTEGER = 2 ** 31 - 1;

/** Text that PostgreSQL accepts: without NUL and lone surrogates, and cut to `maxCharacters`. */
export const storableText = (text: string, maxCharacters: number): string =>
  text.slice(0, maxCharacters).toWellFormed().replaceAll('\0', '');

/** A count for a column of type integer, capped at its maximum. */
export const storableInteger = (value: number, max = MAX_INTEGER): number =>
  Number.isNaN(value) ? 0 : Math.min(max, Math.max(0, Math.trunc(value)));

/** A count for a column of type bigint, capped at the largest exact number. */
export const storableBigint = (value: number): number => storableInteger(value, Number.MAX_SAFE_INTEGER);
