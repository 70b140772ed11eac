import { createReadStream } from 'node:fs';
import { Unzip, UnzipInflate } from 'fflate';
import { TableRefused } from './table-refused.js';

/** Spreadsheet programs store up to 32,767 characters in a cell. In XML, a character has up to 10 bytes. */
const MAX_TEXT_BYTES = 32_767 * 10;
const LESS_THAN = '<'.charCodeAt(0);

/**
 * Refuses a workbook with a longer text than a spreadsheet program writes: the library that reads workbooks needs minutes for
 * such a text. Unpacks as much as it looks at, so that a decompression bomb ends here.
 * @throws TableRefused
 */
export async function requireShortCells(path: string): Promise<void> {
  let longest = 0;
  const unzip = new Unzip((file) => {
    let length = 0;
    // What is wrong with the archive is said by whoever reads the workbook.
    file.ondata = (_error, chunk) => {
      for (const byte of chunk ?? []) {
        length = byte === LESS_THAN ? 0 : length + 1;
        if (length > longest) longest = length;
      }
    };
    if (file.name.endsWith('.xml')) file.start();
  });
  unzip.register(UnzipInflate);
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    try {
      unzip.push(piece);
    } catch {
      return;
    }
    if (longest > MAX_TEXT_BYTES) throw tooLong();
  }
}

const tooLong = (): TableRefused =>
  new TableRefused('The workbook has a cell with more than 32,767 characters, which no spreadsheet program writes.');
