import { counted } from '../../platform/text/index.js';
import { identifier } from '../../platform/duckdb/index.js';
import type { Finding, Grain, Table, Unit } from './analysis.types.js';
import { addDays, daysBetween, floorTo, labelOf, move } from './calendar.js';
import { isZeroWithoutRows } from './comparison.js';
import type { Metric } from './metrics.js';
import { isCovered, seriesGrain } from './periods.js';
import { shapeOf } from './series.js';
import { day } from './sql.js';
import { mean } from './statistics.js';
import { allRows, finding, metricSql, number, smallSample, type Study, type Timeline } from './study.js';
import { rounded, shown } from './wording.js';

export interface Series {
  metric: Metric;
  grain: Grain;
  points: { start: string; value: number; isComplete: boolean }[];
  sql: string;
}

const CYCLES: Partial<Record<Grain, number>> = { month: 12, quarter: 4, day: 7 };
const MAX_METRICS = 3;
const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');

/** How the metrics go over time, up to the end of the period: trend, season, changes of level and outliers. */
export async function followOverTime(
  study: Study,
): Promise<{ findings: Finding[]; series: Series[]; tables: Table[] }> {
  const { timeline } = study;
  const findings: Finding[] = [];
  const series: Series[] = [];
  if (!timeline) return { findings, series, tables: [] };
  for (const metric of study.metrics.slice(0, MAX_METRICS)) {
    const found = await seriesOf(study, timeline, metric);
    if (found.points.length === 0) continue;
    series.push(found);
    findings.push(...shapeFindings(found));
  }
  const tables = series.map(({ metric, grain, points, sql }) => ({
    name: `${metric.name}_by_${grain}`,
    title: `${metric.label} by ${grain}`,
    order: 'time' as const,
    columns: [grain, metric.label],
    rows: points.map(({ start, value }) => [start, value]),
    sql,
  }));
  return { findings, series, tables };
}

async function seriesOf(study: Study, { column, range, period }: Timeline, metric: Metric): Promise<Series> {
  const end = period.end <= range.last ? period.end : addDays(range.last, 1);
  const grain = seriesGrain({ ...range, last: addDays(end, -1) });
  const name = identifier(column.name);
  const sql =
    `SELECT CAST(date_trunc('${grain}', CAST(${name} AS DATE)) AS DATE) AS start, ${metricSql(metric)} AS value ` +
    `${allRows(study, `${name} < ${day(end)}`)} GROUP BY 1 ORDER BY 1`;
  const rows = await study.session.query(sql);
  const known = new Map(rows.map((row) => [String(row.start).slice(0, 10), number(row.value)]));
  const points: Series['points'] = [];
  for (let start = floorTo(grain, range.first); start < end; start = move(grain, start, 1)) {
    const value = known.get(start) ?? (isZeroWithoutRows(metric) ? 0 : null);
    if (value === null) continue;
    points.push({
      start,
      value,
      isComplete: isCovered({ start, end: move(grain, start, 1) }, { ...range, last: addDays(end, -1) }),
    });
  }
  return { metric, grain, points, sql };
}

function shapeFindings({ metric, grain, points: all, sql }: Series): Finding[] {
  // The first and the last may be incomplete, which would look like a fall.
  const points = all.filter(({ isComplete }) => isComplete);
  // More is sold in 31 days than in 28, which is no season.
  const lengths = points.map(({ start }) => daysBetween(start, move(grain, start, 1)));
  const factors = lengths.map((length) => (isZeroWithoutRows(metric) ? mean(lengths) / length : 1));
  const values = points.map(({ value }, index) => value * (factors[index] as number));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const cycle = CYCLES[grain];
  const shape = shapeOf(values, cycle, cycle === undefined ? 0 : placeOf(grain, first.start));
  const level = Math.abs(mean(values)) || 1;
  const from = `from ${labelOf(grain, first.start)} to ${labelOf(grain, last.start)}`;
  const what = metric.label.toLowerCase();
  const common = { metric: metric.name, sql, sample_size: points.length };
  const few = smallSample(points.length, grain);
  const dropped = all.length - points.length;
  const left = dropped > 0 ? `${counted(dropped, `incomplete ${grain}`)} left out.` : null;
  const caution = [few, left].filter((text) => text !== null).join(' ') || null;
  const findings: Finding[] = [];
  if (shape.trend) {
    const { perPoint, p } = shape.trend;
    const isStep = shape.change?.isBetterThanTrend ?? false;
    findings.push(
      finding({
        ...common,
        kind: 'trend',
        text: `A ${perPoint < 0 ? 'falling' : 'rising'} trend in ${what}: ${shown(Math.abs(perPoint), slopeUnit(metric))} ${perPoint < 0 ? 'less' : 'more'} each ${grain}, on average, ${from}.`,
        numbers: { per_point: rounded(perPoint), mean: rounded(mean(values)), points: values.length },
        effect: Math.abs(perPoint * (values.length - 1)) / level,
        effect_measure: 'change along the line, as a share of the mean',
        test: 'F test of a straight line',
        p_value: p,
        caution: isStep
          ? `A change of level explains it better than a steady ${perPoint < 0 ? 'fall' : 'rise'}. ${caution ?? ''}`.trim()
          : caution,
      }),
    );
  }
  if (shape.season && cycle !== undefined) {
    const { offsets, p } = shape.season;
    const [high, low] = [Math.max(...offsets), Math.min(...offsets)];
    findings.push(
      finding({
        ...common,
        kind: 'seasonality',
        text:
          `A season in ${what}: highest in ${placeName(grain, offsets.indexOf(high))} (${shown(high, metric.unit)} above its level) ` +
          `and lowest in ${placeName(grain, offsets.indexOf(low))} (${shown(-low, metric.unit)} below).`,
        numbers: {
          highest: placeName(grain, offsets.indexOf(high)),
          highest_offset: rounded(high),
          lowest: placeName(grain, offsets.indexOf(low)),
          lowest_offset: rounded(low),
        },
        effect: (high - low) / level,
        effect_measure: 'from the lowest to the highest, as a share of the mean',
        test: 'F test of the places in the cycle',
        p_value: p,
        caution,
      }),
    );
  }
  if (shape.change) {
    const { at, before, after, p } = shape.change;
    const start = (points[at] as { start: string }).start;
    findings.push(
      finding({
        ...common,
        kind: 'change_point',
        text: `The level of ${what} changes in ${labelOf(grain, start)}: ${shown(before, metric.unit)} per ${grain} before, ${shown(after, metric.unit)} since then.`,
        numbers: { at: start, before: rounded(before), after: rounded(after) },
        effect: Math.abs(after - before) / level,
        effect_measure: 'change of level, as a share of the mean',
        test: `t test of a change of level beside a trend, times the points at which it could be`,
        p_value: p,
        caution,
      }),
    );
  }
  if (shape.outlier) {
    const { at, p } = shape.outlier;
    const expected = shape.outlier.expected / (factors[at] as number);
    const { start, value } = points[at] as { start: string; value: number };
    findings.push(
      finding({
        ...common,
        kind: 'outlier',
        text: `${metric.label} in ${labelOf(grain, start)} was ${shown(value, metric.unit)}; the rest of the series leads to expect ${shown(expected, metric.unit)}.`,
        numbers: { at: start, value, expected: rounded(expected) },
        effect: Math.abs(value - expected) / level,
        effect_measure: 'distance, as a share of the mean',
        test: 't test of the largest studentized residual, times the points',
        p_value: p,
        caution,
      }),
    );
  }
  return findings;
}

const slopeUnit = ({ unit }: Metric): Unit => (unit === 'count' ? 'number' : unit);

const placeOf = (grain: Grain, start: string): number =>
  grain === 'month'
    ? Number(start.slice(5, 7)) - 1
    : grain === 'quarter'
      ? Math.floor((Number(start.slice(5, 7)) - 1) / 3)
      : (new Date(`${start}T00:00:00Z`).getUTCDay() + 6) % 7;

const placeName = (grain: Grain, place: number): string =>
  grain === 'month'
    ? (labelOf('month', `2000-${String(place + 1).padStart(2, '0')}-01`).split(' ')[0] as string)
    : grain === 'quarter'
      ? `Q${place + 1}`
      : (WEEKDAYS[place] as string);
