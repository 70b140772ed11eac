import { counted } from '../../platform/text/index.js';
import { identifier } from '../../platform/duckdb/index.js';
import type { Column, Finding, Period, Row, Table } from './analysis.types.js';
import { incomplete, isZeroWithoutRows } from './comparison.js';
import { quotientOf, sqlOf } from './metric-sql.js';
import type { Metric } from './metrics.js';
import { sum, welch } from './statistics.js';
import {
  allRows,
  finding,
  metricSql,
  number,
  numberOr0,
  partCount,
  partSql,
  partValues,
  SMALL_SAMPLE,
  smallPart,
  within,
  type Study,
  type Timeline,
} from './study.js';
import { listed, moved, rounded, shown, signed } from './wording.js';

export interface Decomposition {
  findings: Finding[];
  tables: Table[];
  /** Per dimension, the parts of the change of the first metric. */
  contributions: { column: Column; metric: Metric; parts: Part[]; baseline: Period }[];
}

interface Part {
  segment: string;
  before: number;
  after: number;
  contribution: number;
}

const NAMED_PARTS = 3;
/** Metrics of which the changes are broken down. */
const MAX_METRICS = 3;
const NO_VALUE = '(no value)';

/** Which groups a change comes from: of sums by addition, of quotients by mix and rate. */
export async function decompose(study: Study): Promise<Decomposition> {
  const all: Decomposition = { findings: [], tables: [], contributions: [] };
  const { timeline } = study;
  if (!timeline?.baseline) return all;
  for (const metric of study.metrics.slice(0, MAX_METRICS)) {
    for (const column of study.dimensions) {
      if (quotientOf(metric.expression)) await mixAndRate(study, timeline, metric, column, all);
      else await contributionsOf(study, timeline, metric, column, all);
    }
  }
  return all;
}

/** The name of a row's group. */
export const segmentSql = (column: Column): string =>
  `coalesce(CAST(${identifier(column.name)} AS VARCHAR), '${NO_VALUE}')`;

async function contributionsOf(
  study: Study,
  timeline: Timeline,
  metric: Metric,
  column: Column,
  all: Decomposition,
): Promise<void> {
  const { period, baseline } = timeline as Timeline & { baseline: { period: Period } };
  const [now, before] = [period, baseline.period].map((span) => within(timeline.column, span)) as [string, string];
  const sql =
    `SELECT ${segmentSql(column)} AS segment, ${metricSql(metric, before)} AS before, ${metricSql(metric, now)} AS after, ` +
    `count(*) FILTER (WHERE ${before}) AS before_rows, count(*) FILTER (WHERE ${now}) AS after_rows ` +
    `${allRows(study)} GROUP BY 1 ORDER BY 1`;
  const rows = (await study.session.query(sql)).filter(
    (row) => numberOr0(row.before_rows) + numberOr0(row.after_rows) > 0,
  );
  const [total] = await study.session.query(
    `SELECT ${metricSql(metric, before)} AS before, ${metricSql(metric, now)} AS after ${allRows(study)}`,
  );
  const [totalBefore, totalAfter] = [numberOr0(total?.before), numberOr0(total?.after)];
  const parts = rows.map((row): Part => {
    const [from, to] = [numberOr0(row.before), numberOr0(row.after)];
    return { segment: String(row.segment), before: from, after: to, contribution: rounded(to - from) };
  });
  parts.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  all.tables.push({
    name: `${metric.name}_by_${column.name}`,
    title: `${metric.label} by ${column.name}: ${baseline.period.label} and ${period.label}`,
    order: 'size',
    columns: [column.name, baseline.period.label, period.label, 'Change'],
    rows: parts.map(({ segment, before: from, after, contribution }) => [segment, from, after, contribution]),
    sql,
  });
  if (
    !addsUp(
      parts.map((part) => part.before),
      totalBefore,
    ) ||
    !addsUp(
      parts.map((part) => part.after),
      totalAfter,
    )
  )
    return;
  if (metric === study.metrics[0]) all.contributions.push({ column, metric, parts, baseline: baseline.period });
  const difference = rounded(totalAfter - totalBefore);
  const [largest] = parts;
  if (!largest || parts.length < 2 || largest.contribution === 0) return;
  const few = Math.min(...rows.map((row) => Math.min(numberOr0(row.before_rows), numberOr0(row.after_rows))));
  const p = await testParts(study, timeline, metric, column, parts);
  all.findings.push(
    finding({
      kind: 'contribution',
      metric: metric.name,
      text:
        `By ${column.name}, the change in ${metric.label.toLowerCase()} of ${signed(difference, metric.unit)} compared with ${baseline.period.label} comes from ` +
        `${listed([
          ...parts.slice(0, NAMED_PARTS).map((part) => `${part.segment} (${signed(part.contribution, metric.unit)})`),
          ...(parts.length > NAMED_PARTS ? [counted(parts.length - NAMED_PARTS, 'smaller part')] : []),
        ])}.`,
      numbers: {
        dimension: column.name,
        difference,
        largest_segment: largest.segment,
        largest_contribution: largest.contribution,
        segments: parts.length,
      },
      sql,
      sample_size: sum(rows.map((row) => numberOr0(row.before_rows) + numberOr0(row.after_rows))),
      effect: totalBefore === 0 ? 1 : Math.abs(largest.contribution / totalBefore),
      effect_measure: 'largest contribution, as a share of the value before',
      test: p === undefined ? null : `Welch’s t test of each part, times ${parts.length} parts`,
      p_value: p ?? null,
      caution: smallPart(few) ?? incomplete(timeline),
    }),
  );
}

const addsUp = (parts: number[], total: number): boolean =>
  Math.abs(sum(parts) - total) <= 1e-6 * Math.max(1, Math.abs(total), ...parts.map(Math.abs));

/** The most certain change of a part, times the number of parts. */
async function testParts(
  study: Study,
  timeline: Timeline,
  metric: Metric,
  column: Column,
  parts: Part[],
): Promise<number | undefined> {
  const samples: Map<string, Row[]>[] = [];
  const periods = [timeline.period, timeline.baseline?.period as Period];
  for (const period of periods) {
    const rows = await study.session.query(
      `SELECT ${segmentSql(column)} AS segment, ${partSql(timeline.column, period)} AS part, ${metricSql(metric)} AS value ` +
        `${allRows(study, within(timeline.column, period))} GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    const bySegment = new Map<string, Row[]>();
    for (const row of rows) bySegment.set(String(row.segment), [...(bySegment.get(String(row.segment)) ?? []), row]);
    samples.push(bySegment);
  }
  const found = parts.flatMap(({ segment }) => {
    const [a, b] = samples.map((sample, index) =>
      partValues(sample.get(segment) ?? [], partCount(periods[index] as Period), isZeroWithoutRows(metric)),
    ) as [number[], number[]];
    return welch(a, b) ?? [];
  });
  return found.length > 0 ? Math.min(1, Math.min(...found) * found.length) : undefined;
}

/** A quotient changes because it changes within groups (rate), and because the groups change in size (mix). */
async function mixAndRate(
  study: Study,
  timeline: Timeline,
  metric: Metric,
  column: Column,
  all: Decomposition,
): Promise<void> {
  const { period, baseline } = timeline as Timeline & { baseline: { period: Period } };
  const { numerator, denominator } = quotientOf(metric.expression) as NonNullable<ReturnType<typeof quotientOf>>;
  const [now, before] = [period, baseline.period].map((span) => within(timeline.column, span)) as [string, string];
  const values = [before, now].flatMap((condition, index) => {
    const name = index === 0 ? 'before' : 'after';
    return [
      `${sqlOf(numerator, condition)} AS ${name}_numerator`,
      `${sqlOf(denominator, condition)} AS ${name}_denominator`,
      `count(*) FILTER (WHERE ${condition}) AS ${name}_rows`,
    ];
  });
  const sql = `SELECT ${segmentSql(column)} AS segment, ${values.join(', ')} ${allRows(study)} GROUP BY 1 ORDER BY 1`;
  const rows = (await study.session.query(sql)).filter(
    (row) => numberOr0(row.before_rows) + numberOr0(row.after_rows) > 0,
  );
  const [total = {}] = await study.session.query(`SELECT ${values.join(', ')} ${allRows(study)}`);
  const overlap = ['before_numerator', 'before_denominator', 'after_numerator', 'after_denominator'].some(
    (key) =>
      !addsUp(
        rows.map((row) => numberOr0(row[key])),
        numberOr0(total[key]),
      ),
  );
  const [d0, d1] = [numberOr0(total.before_denominator), numberOr0(total.after_denominator)];
  // Groups that share an order, say, have no mix.
  if (overlap || d0 === 0 || d1 === 0 || rows.length < 2) return;
  const [r0, r1] = [numberOr0(total.before_numerator) / d0, numberOr0(total.after_numerator) / d1];
  const parts = rows.map((row) => {
    const [w0, w1] = [numberOr0(row.before_denominator) / d0, numberOr0(row.after_denominator) / d1];
    // A group that has only one of the periods changes the mix alone.
    const known0 = w0 === 0 ? null : numberOr0(row.before_numerator) / numberOr0(row.before_denominator);
    const known1 = w1 === 0 ? null : numberOr0(row.after_numerator) / numberOr0(row.after_denominator);
    const [rate0, rate1] = [known0 ?? known1 ?? 0, known1 ?? known0 ?? 0];
    return {
      segment: String(row.segment),
      rate0: known0,
      rate1: known1,
      weight0: w0,
      weight1: w1,
      rows: Math.min(numberOr0(row.before_rows), numberOr0(row.after_rows)),
      byRate: ((w0 + w1) / 2) * (rate1 - rate0),
      byMix: ((rate0 + rate1) / 2 - (r0 + r1) / 2) * (w1 - w0),
    };
  });
  parts.sort((a, b) => Math.abs(b.byRate + b.byMix) - Math.abs(a.byRate + a.byMix));
  const [byRate, byMix] = [
    rounded(sum(parts.map((part) => part.byRate))),
    rounded(sum(parts.map((part) => part.byMix))),
  ];
  const difference = rounded(r1 - r0);
  const sampleSize = numberOr0(total.before_rows) + numberOr0(total.after_rows);
  all.tables.push({
    name: `${metric.name}_by_${column.name}`,
    title: `${metric.label} by ${column.name}: mix and rate, ${baseline.period.label} and ${period.label}`,
    order: 'size',
    columns: [column.name, baseline.period.label, period.label, 'Share before', 'Share after', 'By rate', 'By mix'],
    rows: parts.map((part) =>
      [part.segment, part.rate0, part.rate1, part.weight0, part.weight1, part.byRate, part.byMix].map((cell) =>
        typeof cell === 'number' ? rounded(cell) : cell,
      ),
    ),
    sql,
  });
  const few = Math.min(...parts.map((part) => part.rows));
  const caution = smallPart(few) ?? incomplete(timeline);
  const numbers = { dimension: column.name, difference, by_rate: byRate, by_mix: byMix };
  if (difference === 0 || r0 === 0) return;
  all.findings.push(
    finding({
      kind: 'mix_and_rate',
      metric: metric.name,
      text:
        `${metric.label} ${moved(r0, r1, metric.unit)} compared with ${baseline.period.label}. By ${column.name}, ${signedPoints(byRate, metric)} comes from changes within the groups ` +
        `and ${signedPoints(byMix, metric)} from their shares.`,
      numbers,
      sql,
      sample_size: sampleSize,
      effect: Math.max(Math.abs(byRate), Math.abs(byMix)) / Math.abs(r0),
      effect_measure: 'larger part of the relative change',
      caution,
    }),
  );
  const large = parts.filter((part) => part.rows >= SMALL_SAMPLE && part.rate0 !== null && part.rate1 !== null);
  const isReversed =
    large.length >= 2 &&
    large.length === parts.length &&
    large.every((part) => Math.sign((part.rate1 as number) - (part.rate0 as number)) === -Math.sign(difference));
  if (!isReversed) return;
  const [whole, group] = difference < 0 ? ['fell', 'rose'] : ['rose', 'fell'];
  all.findings.push(
    finding({
      kind: 'simpson',
      metric: metric.name,
      text:
        `${metric.label} ${whole} as a whole from ${shown(r0, metric.unit)} to ${shown(r1, metric.unit)}, but ${group} in each ${column.name} ` +
        `(${listed(large.map((part) => `${part.segment}: ${shown(number(part.rate0) ?? 0, metric.unit)} to ${shown(number(part.rate1) ?? 0, metric.unit)}`))}): ` +
        'the groups changed in size (Simpson’s paradox).',
      numbers,
      sql,
      sample_size: sampleSize,
      effect: Math.abs(byMix / r0),
      effect_measure: 'relative change due to the mix',
      caution: 'Judge the groups, not the total.',
    }),
  );
}

const signedPoints = (value: number, { unit }: Metric): string =>
  unit === 'share'
    ? `${value < 0 ? '−' : '+'}${(Math.abs(value) * 100).toLocaleString('en-US', { maximumFractionDigits: 2 })} percentage points`
    : signed(value, unit);
