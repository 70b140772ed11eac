/** A name from the data, safe in any statement. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A value as DuckDB spells it. Statements are shown to people, so they contain their values. */
export function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** A day in the form `YYYY-MM-DD`. */
export const day = (date: string): string => `DATE ${literal(date)}`;

/** All conditions, or nothing. */
export const where = (...conditions: (string | undefined)[]): string => {
  const given = conditions.filter((condition) => condition !== undefined && condition !== '');
  return given.length > 0 ? ` WHERE ${given.join(' AND ')}` : '';
};
