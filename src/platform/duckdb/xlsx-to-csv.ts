import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { readSheet, type Row } from 'read-excel-file/node';
import { requireShortCells } from './short-cells.js';
import { TableRefused } from './table-refused.js';

/**
 * Writes the first sheet of a workbook as CSV. Formulas are not computed: the values that the spreadsheet program
 * stored are read. Memory is the process's, so a bomb ends only that.
 */
export async function xlsxToCsv(path: string, target: string): Promise<void> {
  await requireShortCells(path);
  const rows = await readSheet(path).catch((error: unknown) => {
    throw new TableRefused(`The file is not a readable XLSX workbook: ${(error as Error).message.slice(0, 200)}`);
  });
  const first = rows.findIndex((row) => row.some((cell) => cell !== null));
  if (first < 0) throw new TableRefused('The first sheet of the workbook is empty.');
  await pipeline(lines(rows.slice(first)), createWriteStream(target));
}

function* lines(rows: Row[]): Iterable<string> {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  for (const row of rows) {
    if (row.every((cell) => cell === null)) continue;
    yield `${Array.from({ length: width }, (_, index) => field(row[index])).join(',')}\n`;
  }
}

function field(cell: Row[number] | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString().replace('T00:00:00.000Z', '');
  return typeof cell === 'string' ? `"${cell.replaceAll('"', '""')}"` : String(cell);
}
