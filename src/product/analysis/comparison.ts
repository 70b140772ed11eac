import type { Finding, MetricResult, Period } from './analysis.types.js';
import { isAdditive } from './metric-sql.js';
import type { Metric } from './metrics.js';
import { welch } from './statistics.js';
import {
  allRows,
  finding,
  metricSql,
  number,
  numberOr0,
  partCount,
  partSql,
  partValues,
  periodRows,
  smallSample,
  within,
  type Study,
  type Timeline,
} from './study.js';
import { moved, rounded, shown } from './wording.js';

export interface Comparison {
  results: MetricResult[];
  findings: Finding[];
  /** Rows of the analyzed period. */
  rows: number;
}

const relative = (from: number | null, to: number | null): number | null =>
  from === null || to === null || from === 0 ? null : rounded((to - from) / Math.abs(from));

/** The values of all metrics, now and in the periods to compare with. */
export async function compare(study: Study): Promise<Comparison> {
  const { timeline } = study;
  const results: MetricResult[] = [];
  const findings: Finding[] = [];
  let rows = 0;
  for (const metric of study.metrics) {
    if (!timeline) {
      const sql = `SELECT ${metricSql(metric)} AS value, count(*) AS rows ${periodRows(study)}`;
      const [row] = await study.session.query(sql);
      rows = numberOr0(row?.rows);
      results.push(resultOf(metric, { value: valueOf(metric, row?.value) }, sql));
      continue;
    }
    const sql = comparisonSql(study, timeline, metric);
    const [row = {}] = await study.session.query(sql);
    rows = numberOr0(row.rows);
    const value = valueOf(metric, row.value);
    const result = resultOf(
      metric,
      {
        value,
        previous: timeline.previous && valueOf(metric, row.previous),
        year_ago: timeline.yearAgo && valueOf(metric, row.year_ago),
      },
      sql,
    );
    results.push(result);
    if (value === null) continue;
    for (const { period, words, base, baseRows } of baselinesOf(timeline, result, metric, row)) {
      if (base === null || baseRows === 0) continue;
      const p = await testChange(study, timeline, metric, period);
      findings.push(
        finding({
          kind: 'comparison',
          metric: metric.name,
          text:
            `${metric.label} ${moved(base, value, metric.unit)} in ${timeline.period.label} compared with ${words}, ` +
            `from ${shown(base, metric.unit)} to ${shown(value, metric.unit)}.`,
          numbers: { value, baseline: base, difference: rounded(value - base), relative_change: relative(base, value) },
          sql,
          sample_size: rows + baseRows,
          effect: Math.abs(relative(base, value) ?? (value === base ? 0 : 1)),
          effect_measure: 'relative change',
          test: p === undefined ? null : 'Welch’s t test of the parts of both periods',
          p_value: p ?? null,
          caution: smallSample(Math.min(rows, baseRows)) ?? incomplete(timeline),
          ...(metric === study.metrics[0] && period === timeline.baseline?.period && { isAnswer: true as const }),
        }),
      );
    }
  }
  return { results, findings, rows };
}

/** An additive metric of no rows is 0, a quotient is nothing. */
const valueOf = (metric: Metric, value: unknown): number | null =>
  number(value) ?? (isZeroWithoutRows(metric) ? 0 : null);

export const isZeroWithoutRows = ({ expression }: Metric): boolean =>
  isAdditive(expression) || (expression.kind === 'aggregate' && expression.name === 'count_distinct');

function comparisonSql(study: Study, timeline: Timeline, metric: Metric): string {
  const { column, period, previous, yearAgo, baseline } = timeline;
  const isNamed = baseline && baseline.period !== previous && baseline.period !== yearAgo;
  const periods: [string, Period | null][] = [
    ['value', period],
    ['previous', previous],
    ['year_ago', yearAgo],
    ['baseline', isNamed ? baseline.period : null],
  ];
  const values = periods.flatMap(([name, span]) => {
    if (!span) return [];
    const condition = within(column, span);
    const rows = name === 'value' ? 'rows' : `${name}_rows`;
    return [`${metricSql(metric, condition)} AS ${name}`, `count(*) FILTER (WHERE ${condition}) AS ${rows}`];
  });
  return `SELECT ${values.join(', ')} ${allRows(study)}`;
}

/** The periods to compare with, the one that was asked for first. */
function baselinesOf(
  { previous, yearAgo, baseline }: Timeline,
  result: MetricResult,
  metric: Metric,
  row: Record<string, unknown>,
): { period: Period; words: string; base: number | null; baseRows: number }[] {
  const all = [
    { period: previous, base: result.previous, name: 'previous' },
    { period: yearAgo, base: result.year_ago, name: 'year_ago' },
    {
      period: baseline && baseline.period !== previous && baseline.period !== yearAgo ? baseline.period : null,
      base: valueOf(metric, row.baseline),
      name: 'baseline',
    },
  ];
  return all
    .flatMap(({ period, base, name }) =>
      period ? [{ period, words: period.label, base, baseRows: numberOr0(row[`${name}_rows`]) }] : [],
    )
    .sort((a, b) => Number(b.period === baseline?.period) - Number(a.period === baseline?.period));
}

function resultOf(
  { name, label, definition, unit }: Metric,
  {
    value,
    previous = null,
    year_ago = null,
  }: { value: number | null; previous?: number | null; year_ago?: number | null },
  sql: string,
): MetricResult {
  const changes = { change: relative(previous, value), year_ago_change: relative(year_ago, value) };
  return { name, label, definition, unit, value, previous, year_ago, ...changes, sql };
}

/** Whether the months, weeks or days of two periods differ by more than they vary. */
async function testChange(
  study: Study,
  timeline: Timeline,
  metric: Metric,
  other: Period,
): Promise<number | undefined> {
  const samples: number[][] = [];
  for (const period of [timeline.period, other]) {
    const parts = await study.session.query(
      `SELECT ${partSql(timeline.column, period)} AS part, ${metricSql(metric)} AS value ` +
        `${allRows(study, within(timeline.column, period))} GROUP BY 1 ORDER BY 1`,
    );
    samples.push(partValues(parts, partCount(period), isZeroWithoutRows(metric)));
  }
  return welch(samples[0] as number[], samples[1] as number[]);
}

export const incomplete = ({ period, range }: Timeline): string | null =>
  period.is_complete ? null : `The data cover ${range.first} to ${range.last}, so ${period.label} is incomplete.`;

/** Revenue changes with the number of orders and with their value: how much of the change is due to either. */
export function driversOf(study: Study, results: MetricResult[]): Finding[] {
  const { timeline } = study;
  const [revenue, orders, value] = ['revenue', 'orders', 'avg_order_value'].map((name) =>
    results.find((result) => result.name === name),
  );
  if (!timeline?.baseline || !revenue || !orders || !value) return [];
  const key = timeline.baseline.period === timeline.yearAgo ? 'year_ago' : 'previous';
  const base = [revenue, orders, value].map((result) => result[key]);
  const now = [revenue, orders, value].map((result) => result.value);
  if (timeline.baseline.period !== timeline[key === 'year_ago' ? 'yearAgo' : 'previous']) return [];
  if ([...base, ...now].some((number) => number === null)) return [];
  const [r0, n0, v0] = base as [number, number, number];
  const [r1, n1, v1] = now as [number, number, number];
  const byOrders = rounded(((n1 - n0) * (v0 + v1)) / 2);
  const byValue = rounded(((v1 - v0) * (n0 + n1)) / 2);
  if (r0 === 0 || r1 === r0) return [];
  return [
    finding({
      kind: 'drivers',
      metric: 'revenue',
      text:
        `Of the change in revenue compared with ${timeline.baseline.period.label}, ${signedAmount(byOrders)} comes from the number of orders ` +
        `(${shown(n0, 'count')} to ${shown(n1, 'count')}) and ${signedAmount(byValue)} from their average value ` +
        `(${shown(v0, 'amount')} to ${shown(v1, 'amount')}).`,
      numbers: { difference: rounded(r1 - r0), by_orders: byOrders, by_average_value: byValue },
      sql: value.sql,
      sample_size: n0 + n1,
      effect: Math.max(Math.abs(byOrders), Math.abs(byValue)) / Math.abs(r0),
      effect_measure: 'largest part of the relative change',
      caution: incomplete(timeline),
    }),
  ];
}

const signedAmount = (value: number): string => `${value < 0 ? '−' : '+'}${shown(Math.abs(value), 'amount')}`;
