import { identifier, type DuckDbSession } from '../../platform/duckdb/index.js';
import { inferRoles } from './infer-roles.js';
import type { ColumnProfile, ColumnType, Profile } from './profile.js';

/** Columns per query, so that a wide table needs no more memory than a narrow one. */
const BATCH = 25;
/** Up to so many rows, different values are counted exactly. */
const EXACT_ROWS = 100_000;
const SAMPLE_ROWS = 200;
const SAMPLES = 5;
const MAX_TEXT = 100;
const MAX_FINDINGS = 20;

const TYPES: [RegExp, ColumnType][] = [
  [/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/, 'integer'],
  [/^(DOUBLE|FLOAT|DECIMAL)/, 'number'],
  [/^VARCHAR/, 'string'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP/, 'timestamp'],
];

interface Column {
  name: string;
  type: ColumnType;
}

interface Facts extends Omit<ColumnProfile, 'role'> {
  /** Values of a text column that are numbers. */
  numeric: number;
}

/** Looks at the table `data` and tells what it holds. */
export async function profileData(session: DuckDbSession): Promise<Profile> {
  const columns = await columnsOf(session);
  const [{ rows = 0 } = {}] = (await session.query('SELECT count(*) AS rows FROM data')) as { rows?: number }[];
  const facts: Facts[] = [];
  for (let start = 0; start < columns.length; start += BATCH) {
    facts.push(...(await factsOf(session, columns.slice(start, start + BATCH), rows)));
  }
  const findings = facts.flatMap((column) => findingsOf(column, rows));
  const profiles = inferRoles(facts.map(({ numeric: _, ...column }) => column));
  if (rows === 0) return { row_count: 0, columns: profiles, findings: ['The table has no rows.'] };
  return { row_count: rows, columns: profiles, findings: findings.slice(0, MAX_FINDINGS) };
}

async function columnsOf(session: DuckDbSession): Promise<Column[]> {
  const rows = (await session.query('DESCRIBE data')) as { column_name: string; column_type: string }[];
  return rows.map(({ column_name: name, column_type: type }) => ({
    name,
    type: TYPES.find(([pattern]) => pattern.test(type) && !type.endsWith(']'))?.[1] ?? 'other',
  }));
}

async function factsOf(session: DuckDbSession, columns: Column[], rows: number): Promise<Facts[]> {
  const select = columns.flatMap((column, index) =>
    measures(column, rows).map((sql, at) => `${sql} AS m${index}_${at}`),
  );
  const [row = {}] = await session.query(`SELECT ${select.join(', ')} FROM data`);
  const texts = columns.map(({ name }, index) => `left(${identifier(name)}::VARCHAR, ${MAX_TEXT}) AS s${index}`);
  const sample = await session.query(`SELECT ${texts.join(', ')} FROM data LIMIT ${SAMPLE_ROWS}`);
  return columns.map((column, index) => {
    const measure = (at: number): unknown => row[`m${index}_${at}`] ?? null;
    const values = sample.map((texts) => texts[`s${index}`]).filter((text): text is string => typeof text === 'string');
    return {
      ...column,
      nulls: rows - Number(measure(0)),
      distinct: Number(measure(1)),
      min: storable(measure(2)),
      max: storable(measure(3)),
      numeric: Number(measure(4)),
      samples: [...new Set(values.map((value) => storable(value) as string))].slice(0, SAMPLES),
    };
  });
}

/** SQL of: values, different values, smallest, largest, values that are numbers. */
function measures({ name, type }: Column, rows: number): string[] {
  const column = identifier(name);
  const value = type === 'other' ? `${column}::VARCHAR` : column;
  const distinct = rows <= EXACT_ROWS ? `count(DISTINCT ${value})` : `approx_count_distinct(${value})`;
  const range = RANGES[type] ?? ((sql: string) => sql);
  const numeric = type === 'string' ? `count(TRY_CAST(${column}::VARCHAR AS DOUBLE))` : '0';
  return [`count(${column})`, distinct, range(`min(${value})`), range(`max(${value})`), numeric];
}

const RANGES: Partial<Record<ColumnType, (sql: string) => string>> = {
  string: (sql) => `left((${sql})::VARCHAR, ${MAX_TEXT})`,
  boolean: (sql) => `(${sql})::VARCHAR`,
  other: () => 'NULL',
};

function findingsOf({ name, nulls, distinct, type, numeric }: Facts, rows: number): string[] {
  const values = rows - nulls;
  const title = JSON.stringify(name.slice(0, MAX_TEXT));
  if (rows === 0) return [];
  if (values === 0) return [`Column ${title} is empty.`];
  return [
    ...(nulls > 0 ? [`Column ${title} lacks ${percent(nulls / rows)} of its values.`] : []),
    ...(distinct === 1 && rows > 1 ? [`Column ${title} holds one value only.`] : []),
    ...(type === 'string' && numeric > values / 2
      ? [`Column ${title} is text, although ${percent(numeric / values)} of its values are numbers.`]
      : []),
  ];
}

const percent = (share: number): string => (share < 0.01 ? 'less than 1%' : `${Math.round(share * 100)}%`);

/** PostgreSQL stores no NUL in text. */
const storable = (value: unknown): string | number | null =>
  typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : (value as number | null);
