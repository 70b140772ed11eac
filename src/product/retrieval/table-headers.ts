import type { Block, Span } from '../../platform/text/index.js';

/** UTF-16 units: a longer first row is not a header. */
const MAX_HEADER = 300;

/** Finds the header of each table row. Call `above` for each block of a text, in order. */
export class TableHeaders {
  private rows: Span[] = [];
  private header: string | undefined;

  constructor(private readonly content: string) {}

  /** The header above a row, without its marks; undefined for the header itself, its underline and other blocks. */
  above({ kind, start, end }: Span & { kind: Block['kind'] }): string | undefined {
    const previous = this.rows.at(-1);
    const isNext = previous && !/\S|(?:\n|\r(?!\n)).*(?:\n|\r(?!\n))/s.test(this.content.slice(previous.end, start));
    if (kind !== 'table-row' || !isNext) [this.rows, this.header] = [[], undefined];
    if (kind !== 'table-row') return undefined;
    this.rows.push({ start, end });
    if (this.rows.length === 2) this.header = this.readHeader(this.content.slice(start, end));
    return this.rows.length > 2 ? this.header : undefined;
  }

  private readHeader(underline: string): string | undefined {
    const [first] = this.rows;
    if (!first || first.end - first.start > MAX_HEADER || !/^[-|: \t]*-[-|: \t]*$/.test(underline)) return undefined;
    const cells = this.content.slice(first.start, first.end).split('|');
    return cells
      .map((cell) => cell.trim())
      .filter((cell) => cell !== '')
      .join(' | ');
  }
}
