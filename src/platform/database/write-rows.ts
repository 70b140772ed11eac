import { isFaultOfRows } from './errors.js';

/** Rows that are not written yet, and the reason: PostgreSQL is away or busy, or a retry is needed. */
export interface Unwritten<Row> {
  rows: Row[];
  error: unknown;
}

/**
 * Writes rows of several tenants together. If a value makes the write fail, each half is tried again, so that only the
 * bad row is omitted.
 * @param write must undo its work if it fails: a transaction of its own, or a scope within a shared one
 * @param onBadRow called for each omitted row, with the reason
 * @returns the rows that were neither written nor omitted, because of a failure that no row caused
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
