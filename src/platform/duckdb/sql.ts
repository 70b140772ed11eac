/** A name from the data, safe in any statement. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A value as DuckDB spells it. */
export function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
