import { identifier, literal } from '../../platform/duckdb/index.js';
import type { Column, FilterValue, Scalar, Session } from './analysis.types.js';
import { isNumeric, type Columns } from './columns.js';
import { listed } from './wording.js';

export interface Filter {
  column: Column;
  sql: string;
  values: string;
  from: 'parameters' | 'description';
}

/** A request that the data cannot fulfil. */
export class Unanswerable extends Error {
  constructor(
    readonly code: 'COLUMN_NOT_FOUND' | 'FILTER_INVALID' | 'PERIOD_NOT_IN_DATA' | 'NO_ROWS' | 'NOTHING_TO_COMPUTE',
    message: string,
  ) {
    super(message);
  }
}

/** @throws Unanswerable if there is no such column */
export function columnNamed(name: string, columns: Columns): Column {
  const column = columns.find(name);
  if (column) return column;
  const known = columns.all.map((other) => `“${other.name}”`);
  const some = known.length > 20 ? [...known.slice(0, 20), 'others'] : known;
  throw new Unanswerable('COLUMN_NOT_FOUND', `The data have no column “${name}”. They have ${listed(some)}.`);
}

/** @throws Unanswerable */
export const requestedFilters = (filters: Record<string, FilterValue>, columns: Columns): Filter[] =>
  Object.entries(filters).map(([name, value]) => {
    const column = columnNamed(name, columns);
    return { column, from: 'parameters' as const, ...filterOf(column, value) };
  });

function filterOf(column: Column, value: FilterValue): { sql: string; values: string } {
  const name = identifier(column.name);
  if (typeof value === 'object' && !Array.isArray(value)) {
    const { min, max } = value;
    const bounds = [
      ...(min === undefined ? [] : [`${name} >= ${operand(column, min)}`]),
      ...(max === undefined ? [] : [`${name} <= ${operand(column, max)}`]),
    ];
    const words = [...(min === undefined ? [] : [`from ${min}`]), ...(max === undefined ? [] : [`to ${max}`])];
    return { sql: bounds.join(' AND '), values: words.join(' ') };
  }
  const values = Array.isArray(value) ? value : [value];
  return { sql: oneOf(column, values), values: listed(values.map(String)) };
}

const oneOf = (column: Column, values: Scalar[]): string => {
  const operands = values.map((value) => operand(column, value));
  const name = identifier(column.name);
  return operands.length === 1 ? `${name} = ${operands[0]}` : `${name} IN (${operands.join(', ')})`;
};

/** The value as the column has it: the text `5` for a text column, the number 5 for a number. */
function operand(column: Column, value: Scalar): string {
  if (column.type === 'string') return literal(String(value));
  if (isNumeric(column) && typeof value !== 'boolean' && Number.isFinite(Number(value)) && value !== '') {
    return literal(Number(value));
  }
  if (column.type === 'boolean' && /^(?:true|false)$/i.test(String(value))) return String(value).toLowerCase();
  const isTime = (column.type === 'date' || column.type === 'timestamp') && /^\d{4}-\d{2}-\d{2}/.test(String(value));
  if (isTime) return literal(String(value));
  throw new Unanswerable(
    'FILTER_INVALID',
    `“${value}” is no value of the column “${column.name}”, which has ${kindOf(column)}.`,
  );
}

const kindOf = ({ type }: Column): string =>
  ({ number: 'numbers', integer: 'whole numbers', boolean: 'true and false', date: 'dates', timestamp: 'times' })[
    type as 'number'
  ] ?? 'other values';

/** Columns with more values are not looked through for words of a description. */
const MAX_VALUES = 1_000;
/** In columns with more values than this, a word must be spelled as the value is. */
const MAX_LOOSE = 60;
/** Words of questions, which are values of some data, too. */
const COMMON = new Set(
  'all and any data day did first high in last low month new no none not of on open other quarter same second the time total week why year yes'.split(
    ' ',
  ),
);

/** The values of columns that a description names: “in the West”, “Technology”. */
export async function describedFilters(
  description: string,
  columns: Columns,
  taken: Column[],
  session: Session,
): Promise<Filter[]> {
  const text = description.replaceAll('_', ' ');
  const found: { column: Column; values: string[] }[] = [];
  for (const column of columns.all) {
    const isGroup = ['category', 'status', 'product', 'none'].includes(column.role) && column.type === 'string';
    if (!isGroup || column.distinct > MAX_VALUES || column.distinct < 2 || taken.includes(column)) continue;
    const name = identifier(column.name);
    const rows = await session.query(
      `SELECT DISTINCT ${name} AS value FROM data WHERE ${name} IS NOT NULL AND length(${name}) BETWEEN 2 AND 60 ORDER BY 1`,
    );
    const values = rows
      .map(({ value }) => String(value))
      .filter((value) => isNamed(value, text, column.distinct <= MAX_LOOSE) && !isColumnName(value, columns));
    if (values.length > 0 && values.length < column.distinct) found.push({ column, values });
  }
  // A word that several columns have is meant in the one with the fewest values.
  const claimed = new Set<string>();
  return found
    .sort((a, b) => a.column.distinct - b.column.distinct)
    .flatMap(({ column, values }) => {
      const own = values.filter((value) => !claimed.has(value.toLowerCase()));
      own.forEach((value) => claimed.add(value.toLowerCase()));
      if (own.length === 0) return [];
      return [{ column, sql: oneOf(column, own), values: listed(own), from: 'description' as const }];
    });
}

const IN_WORD = /[\p{L}\p{N}]/u;

function isNamed(value: string, text: string, isLoose: boolean): boolean {
  if (COMMON.has(value.toLowerCase()) || !/\p{L}{2}/u.test(value)) return false;
  const [words, word] = isLoose && value.length > 3 ? [text.toLowerCase(), value.toLowerCase()] : [text, value];
  for (let at = words.indexOf(word); at >= 0; at = words.indexOf(word, at + 1)) {
    if (!IN_WORD.test(words.charAt(at - 1)) && !IN_WORD.test(words.charAt(at + word.length))) return true;
  }
  return false;
}

const isColumnName = (value: string, columns: Columns): boolean => columns.find(value) !== undefined;
