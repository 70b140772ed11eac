import {
  DuckDBArrayValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { TableRefused } from './table-refused.js';

const MAX_ROWS = 100_000;
/** Characters of text in one result, which the receiving process reads at once. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00(?::00)?)?$/;

/** The rows of a result as JSON values, bounded in number and size. */
export class PlainRows {
  readonly all: Record<string, unknown>[] = [];
  private characters = 0;

  constructor(private readonly names: string[]) {}

  add(rows: DuckDBValue[][]): void {
    if (this.all.length + rows.length > MAX_ROWS)
      throw new TableRefused(`The result has more than ${MAX_ROWS.toLocaleString('en')} rows.`);
    for (const row of rows) {
      this.all.push(Object.fromEntries(this.names.map((name, index) => [name, this.plain(row[index])])));
    }
    if (this.characters > MAX_CHARACTERS) throw new TableRefused('The result is larger than 32 MiB.');
  }

  private plain(value: DuckDBValue | undefined): unknown {
    if (value === null || value === undefined) return null;
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (typeof value === 'boolean') return value;
    if (typeof value === 'string') return this.text(value);
    if (value instanceof DuckDBDecimalValue) return value.toDouble();
    if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
      return value.items.map((item) => this.plain(item));
    if (value instanceof DuckDBStructValue)
      return Object.fromEntries(Object.entries(value.entries).map(([key, item]) => [key, this.plain(item)]));
    if (value instanceof DuckDBMapValue)
      return value.entries.map(({ key, value: item }) => ({ key: this.plain(key), value: this.plain(item) }));
    return this.text(String(value).replace(TIMESTAMP, '$1T$2Z'));
  }

  private text(value: string): string {
    this.characters += value.length;
    return value;
  }
}
