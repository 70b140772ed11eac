import stringWidth from 'string-width';

/** The output of a command: a document for programs, and the same content for people. */
export interface Answer {
  json: unknown;
  text: string;
  /** A remark for people, on standard error. */
  note?: string;
  /** Set if scripts should treat the answer as a failure. */
  exitCode?: number;
}

/** External text without characters that control a terminal. */
export const printable = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '');

type Cell = string | number | boolean | null | undefined;

const cell = (value: Cell): string => {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return printable(String(value)).replace(/\s+/g, ' ');
};

/** Rows in columns, under their headings. */
export function table(headings: string[], rows: Cell[][]): string {
  const lines = [headings, ...rows.map((row) => row.map(cell))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => stringWidth(line[column] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((text, column) => padded(text, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Pads to a number of terminal columns: a Chinese character takes two, a combining accent none. */
const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/** The properties of one object, one per line. */
export function details(properties: Record<string, Cell>): string {
  const width = Math.max(...Object.keys(properties).map((name) => stringWidth(name)));
  return Object.entries(properties)
    .map(([name, value]) => `${padded(name, width)}  ${cell(value)}`)
    .join('\n');
}

/** A time in UTC, to the minute. */
/** The output of a new secret, which is shown only this time. */
export const shownOnce = (what: string, secret: string, properties: string): string =>
  `${secret}\n\nSave this ${what} now: it is not shown again.\n\n${properties}`;

export const moment = (time: string | null | undefined): string | null =>
  time ? `${time.slice(0, 16).replace('T', ' ')}Z` : null;

interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

/** One page of a list from the API. */
export function listed<Item>(page: Page<Item>, headings: string[], row: (item: Item) => Cell[]): Answer {
  const more = page.next_cursor ? `\n\nNext page: --cursor ${page.next_cursor}` : '';
  const text = page.data.length > 0 ? table(headings, page.data.map(row)) : 'No entries.';
  return { json: page, text: text + more };
}
