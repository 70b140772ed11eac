import { isFaultOfRows } from './errors.js';

/** Rows that are still to be written, and why they are not: PostgreSQL is away, busy or wants another try. */
export interface Unwritten<Row> {
  rows: Row[];
  error: unknown;
}

/**
 * Writes rows of several tenants together. When what is in them makes it fail, it is tried again with either half, so that a
 * bad row is left out alone and costs no other.
 * @param write has to undo what it has done when it fails: a transaction of its own, or a scope within a shared one
 * @param onBadRow is told of each row that was left out, and why
 * @returns what was neither written nor left out, when something stopped it that no row is to blame for
 */
export async function writeRows<Row>(
  rows: Row[],
  write: (rows: Row[]) => Promise<unknown>,
  onBadRow: (row: Row, error: unknown) => void,
): Promise<Unwritten<Row> | undefined> {
  if (rows.length === 0) return undefined;
  try {
    await write(rows);
    return undefined;
  } catch (error) {
    if (!isFaultOfRows(error)) return { rows, error };
    if (rows.length === 1) {
      onBadRow(rows[0] as Row, error);
      return undefined;
    }
    const middle = rows.length >> 1;
    const [first, second] = [rows.slice(0, middle), rows.slice(middle)];
    const stopped = await writeRows(first, write, onBadRow);
    if (stopped) return { ...stopped, rows: [...stopped.rows, ...second] };
    return writeRows(second, write, onBadRow);
  }
}
