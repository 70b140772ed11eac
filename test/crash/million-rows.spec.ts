import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDataSource, analyzed } from '../harness/analyses.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers } from '../harness/callers.js';
import { isLong } from '../harness/variables.mjs';

const ROWS = 1_000_000;
const WITHIN_MS = 600_000;
/** Four years of orders, each year larger than the one before. */
const ORDERS = `SELECT range AS order_id, DATE '2021-01-01' + (sqrt(range / ${ROWS}) * 1460)::INTEGER AS order_date,
  'customer ' || hash(range) % 20000 AS customer, ['North', 'South', 'East', 'West'][1 + (hash(range, 1) % 4)::INTEGER] AS region,
  round(5 + (hash(range, 4) % 20000) / 100, 2)::DECIMAL(10, 2) AS sales FROM range(${ROWS})`;

let app: TestApp;
let folder: string;
let orders: string;
let duckdb: DuckDBConnection;

describe.runIf(isLong)('a million rows', () => {
  beforeAll(async () => {
    app = await startApp({ ANALYSIS_MEMORY_MB: '512' });
    folder = mkdtempSync(join(tmpdir(), 'million-rows-'));
    orders = join(folder, 'orders.csv');
    duckdb = await (await DuckDBInstance.create()).connect();
    await duckdb.run(`COPY (${ORDERS}) TO '${orders}'`);
  }, WITHIN_MS);
  afterAll(async () => {
    duckdb.closeSync();
    rmSync(folder, { recursive: true });
    await app.close();
  });

  it(
    'are analyzed in half a gigabyte, and the numbers are those of plain SQL',
    async () => {
      const { client } = await new Callers(app).person({ plan: 'pro' });
      await addDataSource(client, 'orders', readFileSync(orders));
      const { results } = await analyzed(client, {
        description: 'Why did revenue change in Q3 2024?',
        parameters: { metrics: ['revenue', 'orders', 'avg_order_value'], dimensions: ['region'] },
      });
      const of = async (start: string, end: string) => {
        const reader = await duckdb.runAndReadAll(
          `SELECT sum(sales)::DOUBLE AS revenue, count(DISTINCT order_id)::DOUBLE AS orders FROM read_csv('${orders}')
         WHERE order_date >= '${start}' AND order_date < '${end}'`,
        );
        return reader.getRowObjects()[0] as { revenue: number; orders: number };
      };
      const now = await of('2024-07-01', '2024-10-01');
      const yearAgo = await of('2023-07-01', '2023-10-01');
      const { revenue, orders: count, avg_order_value: average, ...other } = results.quantitative_results;
      expect(results.data_source.rows).toBe(ROWS);
      expect(revenue).toBeCloseTo(now.revenue, 2);
      expect(count).toBe(now.orders);
      expect(average).toBeCloseTo(now.revenue / now.orders, 4);
      expect(other['revenue_year_ago']).toBeCloseTo(yearAgo.revenue, 2);
    },
    WITHIN_MS,
  );
});
