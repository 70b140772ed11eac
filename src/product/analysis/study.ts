import { counted } from '../../platform/text/index.js';
import { identifier } from '../../platform/duckdb/index.js';
import type { Column, Finding, Period, Row, Session } from './analysis.types.js';
import { partGrain, type ResolvedPeriod, type TimeRange } from './periods.js';
import type { Columns } from './columns.js';
import type { Filter } from './filters.js';
import { sqlOf } from './metric-sql.js';
import type { CustomerMetric, Metric } from './metrics.js';
import type { Question } from './question.js';
import { day, where } from './sql.js';
import { rounded } from './wording.js';

/** What the period is compared with first. */
export interface Baseline {
  period: Period;
  /** Such as “the year before”. */
  words: string;
}

/** The time of the data, and the periods that are compared. */
export interface Timeline {
  column: Column;
  range: TimeRange;
  period: ResolvedPeriod;
  previous: Period | null;
  yearAgo: Period | null;
  baseline: Baseline | null;
}

/** Everything that the steps of an analysis share. */
export interface Study {
  session: Session;
  rowCount: number;
  columns: Columns;
  question: Question;
  filters: Filter[];
  metrics: Metric[];
  customerMetrics: CustomerMetric[];
  /** The columns by whose values changes are broken down. */
  dimensions: Column[];
  timeline: Timeline | null;
}

/** The conditions of all filters. */
export const filterSql = ({ filters }: Study): string => filters.map(({ sql }) => sql).join(' AND ');

/** The condition that a row lies in a period. */
export const within = (column: Column, { start, end }: Pick<Period, 'start' | 'end'>): string =>
  `${identifier(column.name)} >= ${day(start)} AND ${identifier(column.name)} < ${day(end)}`;

/** The rows of the analyzed period. */
export const periodRows = (study: Study): string =>
  `FROM data${where(filterSql(study), study.timeline ? within(study.timeline.column, study.timeline.period) : '')}`;

export const allRows = (study: Study, ...conditions: string[]): string =>
  `FROM data${where(filterSql(study), ...conditions)}`;

export const number = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? rounded(value) : null;

export const numberOr0 = (value: unknown): number => number(value) ?? 0;

/** Splits a period into parts of equal length: months of a year, weeks of a quarter, days of a month. Counted from 0. */
export function partSql(column: Column, period: Period): string {
  const date = `CAST(${identifier(column.name)} AS DATE)`;
  const grain = partGrain(period);
  const parts = `date_diff('${grain === 'month' ? 'month' : 'day'}', ${day(period.start)}, ${date})`;
  return grain === 'week' ? `${parts} // 7` : parts;
}

/** How many whole parts a period has. */
export function partCount(period: Period): number {
  const grain = partGrain(period);
  if (grain === 'month') {
    return (
      (Number(period.end.slice(0, 4)) - Number(period.start.slice(0, 4))) * 12 +
      Number(period.end.slice(5, 7)) -
      Number(period.start.slice(5, 7))
    );
  }
  const length = (Date.parse(period.end) - Date.parse(period.start)) / 86_400_000;
  return Math.floor(length / (grain === 'week' ? 7 : 1));
}

/** The values of parts 0, 1, … of a period. A part without rows has 0 if sums or counts are 0 then. */
export function partValues(rows: Row[], count: number, isZeroWithoutRows: boolean): number[] {
  const known = new Map(rows.map(({ part, value }) => [part, number(value)]));
  const values = Array.from({ length: count }, (_, part) => known.get(part) ?? (isZeroWithoutRows ? 0 : null));
  return values.filter((value) => value !== null);
}

export const metricSql = (metric: Metric, condition?: string): string => sqlOf(metric.expression, condition);

/** A finding without test and caution, unless it has them. */
export const finding = (given: Omit<Finding, 'test' | 'p_value' | 'caution'> & Partial<Finding>): Finding => ({
  test: null,
  p_value: null,
  caution: null,
  ...given,
});

/** Fewer rows or points than this are said to be few. */
export const SMALL_SAMPLE = 30;
export const smallSample = (rows: number, noun = 'row'): string | null =>
  rows < SMALL_SAMPLE ? `Only ${counted(rows, noun)}: a small sample.` : null;

/** The same of the smallest of some groups. */
export const smallPart = (rows: number): string | null =>
  rows === 0
    ? 'Some groups have rows in one of the periods only.'
    : rows < SMALL_SAMPLE
      ? `The smallest group has only ${counted(rows, 'row')}.`
      : null;
