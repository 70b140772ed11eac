import { identifier } from '../../platform/duckdb/index.js';
import type { AnalysisInput, Column, NotComputed, Period, Source } from './analysis.types.js';
import { Columns } from './columns.js';
import { columnNamed, describedFilters, requestedFilters, Unanswerable } from './filters.js';
import { chooseMetrics } from './metrics.js';
import { parsePeriod } from './period-request.js';
import { baselines, resolve, type TimeRange } from './periods.js';
import { readQuestion, type Question } from './question.js';
import { where } from './sql.js';
import { number, type Baseline, type Study, type Timeline } from './study.js';

/** More dimensions would be more comparisons, and fewer certain answers. */
const MAX_DIMENSIONS = 5;

export interface Prepared {
  study: Study;
  notComputed: NotComputed[];
  isGrowthAsked: boolean;
}

/** Decides what is computed, over which rows. @throws Unanswerable */
export async function prepare(input: AnalysisInput, source: Source): Promise<Prepared> {
  const { session } = source;
  const columns = new Columns(source.columns);
  const { time_period: period, metrics, dimensions, filters } = input.parameters ?? {};
  const question = readQuestion(input.description, columns);
  const asked = requestedFilters(filters ?? {}, columns);
  const described = await describedFilters(
    input.description,
    columns,
    asked.map(({ column }) => column),
    session,
  );
  const all = [...asked, ...described];
  const chosen = chooseMetrics(metrics, input.description, columns, question.asksWhy);
  const [count] = await session.query(`SELECT count(*) AS rows FROM data${where(...all.map(({ sql }) => sql))}`);
  if (number(count?.rows) === 0) throw new Unanswerable('NO_ROWS', 'No row of the data matches the filters.');
  if (chosen.metrics.length === 0 && chosen.customerMetrics.length === 0 && metrics) {
    const reasons = chosen.notComputed.map(({ metric, reason }) => `${metric}: ${reason}`);
    throw new Unanswerable('NOTHING_TO_COMPUTE', `The data give none of the metrics. ${reasons.join(' ')}`);
  }
  const timeline = await timelineOf(columns, question, period, session);
  const study: Study = {
    session,
    rowCount: source.rowCount,
    columns,
    question,
    filters: all,
    metrics: chosen.metrics,
    customerMetrics: chosen.customerMetrics,
    dimensions: dimensionsOf(dimensions, question, columns, all),
    timeline,
  };
  return { study, notComputed: chosen.notComputed, isGrowthAsked: chosen.isGrowthAsked };
}

function dimensionsOf(
  requested: string[] | undefined,
  question: Question,
  columns: Columns,
  filters: Study['filters'],
): Column[] {
  if (requested) return requested.map((name) => columnNamed(name, columns));
  // A column of which only one value is left has no parts.
  const single = filters.filter(({ sql }) => !/ IN \(/.test(sql)).map(({ column }) => column);
  const groups = columns.groups.filter((column) => !single.includes(column));
  return [...new Set([...question.dimensions, ...groups])]
    .filter((column) => !single.includes(column))
    .slice(0, MAX_DIMENSIONS);
}

async function timelineOf(
  columns: Columns,
  question: Question,
  requested: string | undefined,
  session: Source['session'],
): Promise<Timeline | null> {
  const column = columns.time;
  const request = requested === undefined ? question.period : parsePeriod(requested);
  if (!column) {
    if (request === undefined) return null;
    throw new Unanswerable('PERIOD_NOT_IN_DATA', 'The data have no column with dates, so no period can be chosen.');
  }
  const range = await rangeOf(column, session);
  if (!range) return null;
  const period = resolve(request, range);
  if (!period) {
    throw new Unanswerable(
      'PERIOD_NOT_IN_DATA',
      `The data cover ${range.first} to ${range.last}, and nothing of the period that you asked for.`,
    );
  }
  const { previous, year_ago: yearAgo } = baselines(period, range);
  return { column, range, period, previous, yearAgo, baseline: baselineOf(question, range, previous, yearAgo) };
}

function baselineOf(
  { baseline }: Question,
  range: TimeRange,
  previous: Period | null,
  yearAgo: Period | null,
): Baseline | null {
  if (typeof baseline === 'object') {
    const named = resolve(baseline, range);
    return named ? { period: named, words: named.label } : null;
  }
  // Of a year, the year before is the period before.
  const period = baseline === 'year_ago' ? (yearAgo ?? previous) : (previous ?? yearAgo);
  return period && { period, words: period.label };
}

async function rangeOf({ name }: Column, session: Source['session']): Promise<TimeRange | undefined> {
  const date = `CAST(${identifier(name)} AS DATE)`;
  const [row = {}] = await session.query(
    `WITH days AS (SELECT DISTINCT ${date} AS day FROM data WHERE ${identifier(name)} IS NOT NULL), ` +
      "gaps AS (SELECT day, date_diff('day', lag(day) OVER (ORDER BY day), day) AS gap FROM days) " +
      'SELECT min(day) AS first, max(day) AS last, quantile_disc(gap, 0.99) AS gap FROM gaps',
  );
  if (typeof row.first !== 'string' || typeof row.last !== 'string') return undefined;
  return {
    first: row.first.slice(0, 10),
    last: row.last.slice(0, 10),
    usualGap: number(row.gap) ?? 1,
  };
}
