import type { DuckDBConnection } from '@duckdb/node-api';
import { csvFacts } from './csv-facts.js';
import type { TableFile } from './messages.js';
import { identifier, literal } from './sql.js';
import { TableRefused } from './table-refused.js';
import { xlsxToCsv } from './xlsx-to-csv.js';

const MAX_COLUMNS = 1_000;
/** JSON is read as columns to this depth; what is deeper stays JSON text. */
const JSON_DEPTH = 4;

interface Load {
  /** The file that DuckDB reads. */
  path: string;
  run: (connection: DuckDBConnection) => Promise<void>;
}

/**
 * Prepares a file so that DuckDB can read it.
 * @param copy path for a converted file
 */
export async function loadTable(table: TableFile, copy: string): Promise<Load> {
  const { path, reader, plainReader } = await READERS[table.format](table.path, copy);
  return {
    path,
    run: async (connection) => {
      try {
        const columns = (await connection.runAndReadAll(`DESCRIBE FROM ${reader}`)).getRowObjects();
        requireColumns(columns.length);
        await connection.run(`CREATE TABLE ${identifier(table.name)} AS ${select(columns)} FROM ${reader}`);
      } catch (error) {
        if (plainReader && isVague(error)) await connection.run(`SELECT count(*) FROM ${plainReader}`);
        throw error;
      }
    },
  };
}

/** Ids and enumerations become text, so that all that is text can be asked the same. */
function select(columns: Record<string, unknown>[]): string {
  const texts = columns
    .filter(({ column_type: type }) => /^(UUID|ENUM)/.test(String(type)))
    .map(({ column_name: name }) => identifier(String(name)))
    .map((name) => `${name}::VARCHAR AS ${name}`);
  return texts.length === 0 ? 'SELECT *' : `SELECT * REPLACE (${texts.join(', ')})`;
}

/** The error names no line. */
const isVague = (error: unknown): boolean => /Error when sniffing/.test(String(error));

interface Reading {
  path: string;
  /** The table function that reads the file. */
  reader: string;
  /** One that detects nothing, and so says which line is wrong. */
  plainReader?: string;
}

type Reader = (path: string, copy: string) => Promise<Reading>;

const READERS: Record<TableFile['format'], Reader> = {
  csv: (path, copy) => delimited(path, copy),
  tsv: (path, copy) => delimited(path, copy, '\t'),
  xlsx: async (path, copy) => {
    await xlsxToCsv(path, `${copy}.csv`);
    return delimited(`${copy}.csv`, copy, ',');
  },
  json: (path) => Promise.resolve(json(path, 'auto')),
  ndjson: (path) => Promise.resolve(json(path, 'newline_delimited')),
  parquet: (path) => Promise.resolve({ path, reader: `read_parquet(${literal(path)})` }),
};

/** The first line holds the names. Nothing is skipped or guessed around: a line that does not fit is an error. */
async function delimited(given: string, copy: string, known?: string): Promise<Reading> {
  const { path, delimiter, decimal, columns } = await csvFacts(given, copy, known);
  requireColumns(columns);
  const options = {
    delim: literal(delimiter),
    quote: `'"'`,
    escape: `'"'`,
    comment: `''`,
    header: 'true',
    skip: '0',
    strict_mode: 'true',
    null_padding: 'false',
  };
  const types = Array.from({ length: columns }, (_, index) => `'c${index}': 'VARCHAR'`);
  return {
    path,
    // Types are taken from all lines.
    reader: readCsv(path, { ...options, sample_size: '-1', decimal_separator: literal(decimal) }),
    plainReader: readCsv(path, { ...options, auto_detect: 'false', columns: `{${types.join(', ')}}` }),
  };
}

const readCsv = (path: string, options: Record<string, string>): string =>
  `read_csv(${literal(path)}${named(options)})`;

function json(path: string, format: string): Reading {
  const options = { format: literal(format), sample_size: '-1', maximum_depth: String(JSON_DEPTH) };
  return { path, reader: `read_json(${literal(path)}${named(options)})` };
}

function requireColumns(count: number): void {
  if (count > MAX_COLUMNS)
    throw new TableRefused(
      `The file has ${count.toLocaleString('en')} columns. At most ${MAX_COLUMNS.toLocaleString('en')} are allowed.`,
    );
}

const named = (options: Record<string, string>): string =>
  Object.entries(options)
    .map(([name, value]) => `, ${name} = ${value}`)
    .join('');
