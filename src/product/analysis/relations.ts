import { identifier } from '../../platform/duckdb/index.js';
import type { Column, Finding } from './analysis.types.js';
import { where } from './sql.js';
import { correlationTest, welchAnova, type Group } from './statistics.js';
import {
  filterSql,
  finding,
  number,
  numberOr0,
  periodRows,
  smallPart,
  smallSample,
  within,
  type Study,
} from './study.js';
import { percent, rounded, shown } from './wording.js';

const MAX_MEASURES = 8;
/** Weaker correlations say nothing, however certain they are. */
const MIN_CORRELATION = 0.1;
/** The part of all groups that is called the top. */
const TOP_SHARE = 0.1;
const MIN_GROUPS = 20;

/** Which numbers move together, row by row. */
export async function correlate(study: Study): Promise<Finding[]> {
  const measures = study.columns.measures.slice(0, MAX_MEASURES);
  const pairs = measures.flatMap((a, index) => measures.slice(index + 1).map((b) => [a, b] as const));
  if (pairs.length === 0) return [];
  const [row = {}] = await study.session.query(
    `SELECT ${pairs.map((pair, index) => `${correlationSql(...pair)} AS r${index}, ${pairCount(...pair)} AS n${index}`).join(', ')} ${periodRows(study)}`,
  );
  return pairs.flatMap(([a, b], index) => {
    const [r, rows] = [number(row[`r${index}`]), numberOr0(row[`n${index}`])];
    if (r === null) return [];
    const p = correlationTest(r, rows);
    return [
      finding({
        kind: 'correlation',
        metric: null,
        text: `Rows with more “${a.name}” have ${r > 0 ? 'more' : 'less'} “${b.name}”: their correlation is ${r.toFixed(2)}.`,
        numbers: { first: a.name, second: b.name, correlation: rounded(r) },
        sql: `SELECT ${correlationSql(a, b)} AS correlation, ${pairCount(a, b)} AS rows ${periodRows(study)}`,
        sample_size: rows,
        effect: Math.abs(r),
        effect_measure: 'Pearson’s correlation',
        test: p === undefined ? null : 't test of the correlation',
        p_value: p ?? null,
        caution: smallSample(rows) ?? 'Neither needs to be the cause of the other.',
      }),
    ];
  });
}

/** A finding that is certain, but too weak to be worth a line. */
export const isWeak = ({ kind, effect }: Finding): boolean => kind === 'correlation' && effect < MIN_CORRELATION;

const correlationSql = (a: Column, b: Column): string => `corr(${identifier(a.name)}, ${identifier(b.name)})`;
const pairCount = (a: Column, b: Column): string =>
  `count(*) FILTER (WHERE ${identifier(a.name)} IS NOT NULL AND ${identifier(b.name)} IS NOT NULL)`;

/** How much of the amount the largest customers and products have. */
export async function concentrate(study: Study): Promise<Finding[]> {
  const { amount } = study.columns;
  const findings: Finding[] = [];
  if (!amount) return findings;
  for (const role of ['customer', 'product'] as const) {
    const column = study.columns.withRole(role);
    if (!column || column.distinct < MIN_GROUPS) continue;
    const name = identifier(column.name);
    const sql =
      `WITH groups AS (SELECT ${name} AS member, sum(${identifier(amount.name)}) AS amount ${andNotNull(study, name)} GROUP BY 1), ` +
      'ranked AS (SELECT amount, row_number() OVER (ORDER BY amount DESC) AS place, count(*) OVER () AS members FROM groups) ' +
      `SELECT sum(amount) FILTER (WHERE place <= ceil(members * ${TOP_SHARE})) AS top, sum(amount) AS total, any_value(members) AS members FROM ranked`;
    const [row = {}] = await study.session.query(sql);
    const [top, total, members] = [numberOr0(row.top), numberOr0(row.total), numberOr0(row.members)];
    if (total <= 0 || members < MIN_GROUPS) continue;
    const share = rounded(top / total);
    findings.push(
      finding({
        kind: 'concentration',
        metric: 'revenue',
        text: `The top ${percent(TOP_SHARE)} of ${members} values of “${column.name}” have ${percent(share)} of “${amount.name}”.`,
        numbers: { column: column.name, top_share: share, members },
        sql,
        sample_size: members,
        effect: Math.max(0, share - TOP_SHARE),
        effect_measure: 'share above that of equal parts',
        caution: null,
      }),
    );
  }
  return findings;
}

const andNotNull = (study: Study, name: string): string =>
  `FROM data${where(
    filterSql(study),
    study.timeline ? within(study.timeline.column, study.timeline.period) : '',
    `${name} IS NOT NULL`,
  )}`;

/** Whether the amount of a row differs between groups. */
export async function differ(study: Study): Promise<Finding[]> {
  const { amount } = study.columns;
  const findings: Finding[] = [];
  if (!amount) return findings;
  const value = identifier(amount.name);
  for (const column of study.dimensions) {
    const sql =
      `SELECT CAST(${identifier(column.name)} AS VARCHAR) AS segment, count(${value}) AS rows, avg(${value}) AS mean, var_samp(${value}) AS variance ` +
      `${andNotNull(study, identifier(column.name))} GROUP BY 1 ORDER BY 1`;
    const rows = await study.session.query(sql);
    const groups = rows.map((row): Group & { segment: string } => ({
      segment: String(row.segment),
      count: numberOr0(row.rows),
      mean: numberOr0(row.mean),
      variance: numberOr0(row.variance),
    }));
    const test = welchAnova(groups);
    if (!test) continue;
    const ordered = groups.filter(({ count }) => count >= 5).sort((a, b) => b.mean - a.mean);
    const [high, low] = [ordered[0] as Group & { segment: string }, ordered.at(-1) as Group & { segment: string }];
    findings.push(
      finding({
        kind: 'difference',
        metric: null,
        text:
          `The average “${amount.name}” of a row differs by ${column.name}: ${shown(high.mean, 'amount')} for ${high.segment}, ` +
          `${shown(low.mean, 'amount')} for ${low.segment}.`,
        numbers: {
          dimension: column.name,
          highest: high.segment,
          highest_mean: high.mean,
          lowest: low.segment,
          lowest_mean: low.mean,
        },
        sql,
        sample_size: groups.reduce((total, { count }) => total + count, 0),
        effect: test.share,
        effect_measure: 'share of the variance between groups',
        test: 'Welch’s analysis of variance',
        p_value: test.p,
        caution: smallPart(Math.min(...groups.map(({ count }) => count))),
      }),
    );
  }
  return findings;
}
