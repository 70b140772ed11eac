import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Block } from '../../platform/typeset/index.js';
import { superstore, type TestTable } from '../../../test/harness/table.js';
import type { Analysis, AnalysisInput, Insight } from './analysis.types.js';
import { analyze } from './engine.js';
import { reportOf } from './report.js';

let orders: TestTable;
beforeAll(async () => {
  orders = await superstore();
});
afterAll(() => orders.close());

const run = (description: string, parameters: AnalysisInput['parameters'] = {}): Promise<Analysis> =>
  analyze({ description, parameters }, orders, async () => undefined);

const one = async (sql: string): Promise<number> => Object.values((await orders.query(sql))[0] ?? {})[0] as number;

const detail = ({ insight_details: all }: Analysis, kind: Insight['kind'], metric?: string): Insight => {
  const found = all.find((insight) => insight.kind === kind && (metric === undefined || insight.metric === metric));
  expect(found, `${kind} of ${metric ?? 'anything'}`).toBeDefined();
  return found as Insight;
};

const NOW = `"Order Date" >= '2017-10-01' AND "Order Date" <= '2017-12-31'`;
const BEFORE = `"Order Date" >= '2016-10-01' AND "Order Date" <= '2016-12-31'`;
const QUARTER_BEFORE = `"Order Date" >= '2017-07-01' AND "Order Date" <= '2017-09-30'`;

describe('a question that takes a fall for granted', () => {
  let analysis: Analysis;
  beforeAll(async () => {
    analysis = await run('Why did sales in the West fall in the last quarter compared with the year before?');
  });

  it('is corrected first, with the numbers of the data', async () => {
    const now = await one(`SELECT sum(Sales) FROM data WHERE Region = 'West' AND ${NOW}`);
    const before = await one(`SELECT sum(Sales) FROM data WHERE Region = 'West' AND ${BEFORE}`);
    expect(analysis.period).toMatchObject({ label: 'Q4 2017', is_complete: true, year_ago: { label: 'Q4 2016' } });
    expect(analysis.filters).toEqual([{ column: 'Region', values: 'West', from: 'description' }]);
    const first = analysis.insight_details.find(({ kind }) => kind === 'premise');
    expect(first?.text).toContain('Revenue did not fall.');
    expect(first?.numbers.value).toBeCloseTo(now, 6);
    expect(first?.numbers.baseline).toBeCloseTo(before, 6);
    expect(analysis.summary).toContain('did not fall');
    expect(now).toBeGreaterThan(before);
  });

  it('has a report that prints the largest parts of a table', () => {
    const report = reportOf({ ...analysis, charts: [] });
    const table = report.blocks.find(
      (block): block is Extract<Block, { kind: 'table' }> =>
        block.kind === 'table' && block.columns[0]?.title === 'Sub-Category',
    );
    const all = analysis.tables.find(({ name }) => name === 'revenue_by_Sub-Category')?.rows ?? [];
    expect(all.length).toBeGreaterThan(15);
    expect(table?.rows.map(([name]) => name)).toEqual(all.slice(0, 15).map(([name]) => name));
    const changes = all.map((row) => Math.abs(row[3] as number));
    expect(changes).toEqual([...changes].sort((a, b) => b - a));
  });

  it('has the change split into orders and their value', async () => {
    const [r0, r1, n0, n1] = await Promise.all([
      one(`SELECT sum(Sales) FROM data WHERE Region = 'West' AND ${BEFORE}`),
      one(`SELECT sum(Sales) FROM data WHERE Region = 'West' AND ${NOW}`),
      one(`SELECT count(DISTINCT "Order ID") FROM data WHERE Region = 'West' AND ${BEFORE}`),
      one(`SELECT count(DISTINCT "Order ID") FROM data WHERE Region = 'West' AND ${NOW}`),
    ]);
    const { numbers } = detail(analysis, 'drivers');
    expect(numbers.by_orders).toBeCloseTo(((n1 - n0) * (r0 / n0 + r1 / n1)) / 2, 6);
    expect(numbers.by_average_value).toBeCloseTo(((r1 / n1 - r0 / n0) * (n0 + n1)) / 2, 6);
    expect((numbers.by_orders as number) + (numbers.by_average_value as number)).toBeCloseTo(r1 - r0, 6);
  });

  it('has the parts of each dimension, which add up', async () => {
    const table = analysis.tables.find(({ name }) => name === 'revenue_by_Category');
    const byHand = await orders.query(
      `SELECT Category, sum(Sales) FILTER (WHERE ${BEFORE}) AS a, sum(Sales) FILTER (WHERE ${NOW}) AS b FROM data WHERE Region = 'West' GROUP BY 1`,
    );
    expect(table?.rows).toHaveLength(3);
    for (const { Category: category, a, b } of byHand) {
      const row = table?.rows.find(([name]) => name === category) as number[];
      expect(row[1]).toBeCloseTo(a as number, 6);
      expect(row[2]).toBeCloseTo(b as number, 6);
      expect(row[3]).toBeCloseTo((b as number) - (a as number), 6);
    }
  });
});

describe('named metrics', () => {
  it('equal SQL written by hand, now and before', async () => {
    const analysis = await run('How are we doing?', {
      time_period: 'Q4_2017',
      metrics: ['revenue', 'orders', 'avg_order_value', 'customers', 'quantity', 'profit', 'margin'],
    });
    const expected: Record<string, string> = {
      revenue: 'sum(Sales)',
      orders: 'count(DISTINCT "Order ID")',
      avg_order_value: 'sum(Sales) / count(DISTINCT "Order ID")',
      customers: 'count(DISTINCT "Customer ID")',
      quantity: 'sum(Quantity)',
      profit: 'sum(Profit)',
      margin: 'sum(Profit) / sum(Sales)',
    };
    for (const [name, sql] of Object.entries(expected)) {
      const metric = analysis.metrics.find((other) => other.name === name);
      expect(metric?.value, name).toBeCloseTo(await one(`SELECT ${sql} FROM data WHERE ${NOW}`), 6);
      expect(metric?.previous, name).toBeCloseTo(await one(`SELECT ${sql} FROM data WHERE ${QUARTER_BEFORE}`), 6);
      expect(metric?.year_ago, name).toBeCloseTo(await one(`SELECT ${sql} FROM data WHERE ${BEFORE}`), 6);
      expect(analysis.quantitative_results[name]).toBe(metric?.value);
    }
  });

  it('may be expressions', async () => {
    const analysis = await run('Profit', {
      time_period: '2017',
      metrics: ['return on sales = sum(Profit) / sum(Sales)', `sum(Sales where Region = 'West' and Discount > 0)`],
    });
    const year = `year("Order Date") = 2017`;
    expect(analysis.metrics[0]?.name).toBe('return on sales');
    expect(analysis.metrics[0]?.value).toBeCloseTo(
      await one(`SELECT sum(Profit) / sum(Sales) FROM data WHERE ${year}`),
      9,
    );
    expect(analysis.metrics[1]?.value).toBeCloseTo(
      await one(`SELECT sum(Sales) FROM data WHERE ${year} AND Region = 'West' AND Discount > 0`),
      6,
    );
  });

  it('that the data cannot give are named with the reason', async () => {
    const analysis = await run('Analyze customer purchase patterns from Q4 2016', {
      time_period: 'Q4_2016',
      metrics: ['conversion_rate', 'avg_order_value', 'sum(Region)', 'happiness'],
    });
    expect(analysis.not_computed.map(({ metric }) => metric)).toEqual(['conversion_rate', 'sum(Region)', 'happiness']);
    expect(analysis.not_computed[0]?.reason).toContain('no column with visits');
    expect(analysis.quantitative_results).not.toHaveProperty('conversion_rate');
    expect(analysis.metrics.map(({ name }) => name)).toEqual(['avg_order_value']);
    expect(analysis.summary).toContain('Not computed: conversion_rate');
  });

  it('of which the data give none fail with the reason', async () => {
    await expect(run('Conversion', { metrics: ['conversion_rate'] })).rejects.toThrow(/no column with visits/);
  });
});

describe('a year-on-year question', () => {
  it('is compared with the year before, per year', async () => {
    const analysis = await run('How did revenue and profit develop in 2017 year-on-year?');
    expect(analysis.period).toMatchObject({ label: '2017', previous: { label: '2016' }, year_ago: null });
    const [now, before] = [2017, 2016].map((year) =>
      one(`SELECT sum(Profit) FROM data WHERE year("Order Date") = ${year}`),
    );
    const profit = analysis.metrics.find(({ name }) => name === 'profit');
    expect(profit?.change).toBeCloseTo(((await now) as number) / ((await before) as number) - 1, 9);
  });

  it('has retention, new customers and cohorts by hand', async () => {
    const analysis = await run('Retention and new vs returning customers', { time_period: '2017' });
    const kept = await one(
      `SELECT count(*) FROM (SELECT DISTINCT "Customer ID" FROM data WHERE year("Order Date") = 2016 INTERSECT SELECT DISTINCT "Customer ID" FROM data WHERE year("Order Date") = 2017)`,
    );
    const all = await one(`SELECT count(DISTINCT "Customer ID") FROM data WHERE year("Order Date") = 2016`);
    expect(analysis.quantitative_results.retention).toBeCloseTo(kept / all, 9);
    const fresh = await one(
      `SELECT count(*) FROM (SELECT "Customer ID", min("Order Date") AS first FROM data GROUP BY 1) WHERE year(first) = 2017`,
    );
    expect(analysis.quantitative_results.new_customers).toBe(fresh);
    const cohort = analysis.tables.find(({ name }) => name === 'cohort_retention')?.rows[0];
    const size = await one(
      `SELECT count(*) FROM (SELECT min("Order Date") AS first FROM data GROUP BY "Customer ID") WHERE first < '2014-04-01'`,
    );
    expect(cohort?.slice(0, 2)).toEqual(['Q1 2014', size]);
  });
});

describe('each insight', () => {
  it('has SQL that runs as it is, and a corrected probability that is never smaller', async () => {
    const analysis = await run('Give me an overview of sales');
    expect(analysis.insight_details.length).toBeGreaterThan(5);
    for (const insight of analysis.insight_details) {
      await expect(orders.query(insight.sql)).resolves.toBeDefined();
      expect(insight.sample_size).toBeGreaterThan(0);
      if (insight.p_value !== null) expect(insight.adjusted_p_value).toBeGreaterThanOrEqual(insight.p_value);
    }
    const ids = analysis.insight_details.map(({ id }) => id);
    expect(analysis.recommendation_details.length).toBeGreaterThan(0);
    for (const { insight } of analysis.recommendation_details) expect(ids).toContain(insight);
    expect(analysis.insights).toHaveLength(ids.length);
    expect(analysis.recommendations.every((text) => typeof text === 'string')).toBe(true);
  });

  it('of a period that the data do not have is not made up', async () => {
    await expect(run('Market analysis for 2025')).rejects.toThrow(/cover 2014-01-03 to 2017-12-30/);
  });
});
