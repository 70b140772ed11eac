import { counted } from '../../platform/text/index.js';
import type { Column, Finding, Table } from './analysis.types.js';
import { segmentSql } from './decomposition.js';
import type { Metric } from './metrics.js';
import { sum } from './statistics.js';
import { finding, metricSql, number, numberOr0, periodRows, smallPart, type Study } from './study.js';
import { listed, shown } from './wording.js';

export interface Breakdown {
  findings: Finding[];
  tables: Table[];
}

const NAMED_PARTS = 3;
/** Metrics that are broken down. */
const MAX_METRICS = 3;

/** The metrics of each group, if there is no earlier period whose change could be broken down. */
export async function breakDown(study: Study): Promise<Breakdown> {
  const all: Breakdown = { findings: [], tables: [] };
  if (study.timeline?.baseline) return all;
  for (const metric of study.metrics.slice(0, MAX_METRICS)) {
    for (const column of study.dimensions) await byGroup(study, metric, column, all);
  }
  return all;
}

async function byGroup(study: Study, metric: Metric, column: Column, all: Breakdown): Promise<void> {
  const sql =
    `SELECT ${segmentSql(column)} AS segment, ${metricSql(metric)} AS value, count(*) AS rows ` +
    `${periodRows(study)} GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1`;
  const groups = (await study.session.query(sql)).map(({ segment, value, rows }) => ({
    segment: String(segment),
    value: number(value),
    rows: numberOr0(rows),
  }));
  all.tables.push({
    name: `${metric.name}_by_${column.name}`,
    title: `${metric.label} by ${column.name}: ${study.timeline?.period.label ?? 'all data'}`,
    order: 'size',
    columns: [column.name, metric.label, 'Rows'],
    rows: groups.map(({ segment, value, rows }) => [segment, value, rows]),
    sql,
  });
  const known = groups.filter((group): group is typeof group & { value: number } => group.value !== null);
  const [largest] = known;
  const smallest = known.at(-1);
  if (!largest || !smallest || largest.value === smallest.value) return;
  const named = known.slice(0, NAMED_PARTS).map(({ segment, value }) => `${segment} (${shown(value, metric.unit)})`);
  const others = known.length - named.length;
  all.findings.push(
    finding({
      kind: 'breakdown',
      metric: metric.name,
      text: `By ${column.name}, ${metric.label.toLowerCase()}, largest first: ${listed([...named, ...(others > 0 ? [counted(others, 'smaller group')] : [])])}.`,
      numbers: {
        dimension: column.name,
        largest_segment: largest.segment,
        largest_value: largest.value,
        smallest_value: smallest.value,
        segments: known.length,
      },
      sql,
      sample_size: sum(known.map(({ rows }) => rows)),
      effect: Math.min(
        1,
        (largest.value - smallest.value) / Math.max(Math.abs(largest.value), Math.abs(smallest.value)),
      ),
      effect_measure: 'difference between the largest and the smallest group, as a share of the larger value',
      caution: smallPart(Math.min(...known.map(({ rows }) => rows))),
    }),
  );
}
