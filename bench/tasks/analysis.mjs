import { openAsBlob, rmSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { ROOT } from '../../scripts/lib/checkout.mjs';
import { figure } from '../lib/figures.mjs';
import { tell } from '../lib/report.mjs';
import { median } from '../lib/statistics.mjs';
import { duckDbChildOf, peakMebibytesOf } from './ends.mjs';

const ROWS = 1_000_000;
/** As in the process that runs DuckDB. */
const THREADS = '2';
const DESCRIPTION = 'Why did revenue fall in the last quarter compared with the year before?';
const ORDERS = `SELECT range AS order_id, DATE '2021-01-01' + (range * 1461 // ${ROWS})::INTEGER AS order_date,
  'customer ' || (hash(range) % 20000) AS customer, ['North', 'South', 'East', 'West'][1 + (hash(range, 1) % 4)::INTEGER] AS region,
  'product ' || (hash(range, 2) % 200) AS product, 1 + hash(range, 3) % 9 AS quantity,
  round(5 + (hash(range, 4) % 20000) / 100, 2) AS sales FROM range(${ROWS})`;

/**
 * Uploads orders, and returns how to analyze them.
 *
 * @param {import('./scene.mjs').Scene} scene
 * @param {import('./scene.mjs').Defer} defer
 */
export async function addOrders(scene, defer) {
  tell(`tasks: uploading ${ROWS.toLocaleString('en-US')} orders`);
  const folder = mkdtempSync(join(tmpdir(), 'parlance-bench-orders-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'orders.parquet');
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`COPY (${ORDERS}) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  const { body } = await scene.tenant.post('/api/v1/data-sources', { name: 'orders', format: 'parquet' });
  const path = `/api/v1/data-sources/${body.id}`;
  await fetch(`${scene.api.url}${path}/content`, {
    method: 'PUT',
    headers: { ...scene.tenant.headers, 'content-type': 'application/octet-stream' },
    body: await openAsBlob(file),
  });
  const source = await scene.until(async () => {
    const { body: found } = await scene.tenant.get(path);
    return found.status === 'profiling' ? undefined : found;
  });
  return {
    file,
    source,
    task: { path: '/api/v1/tasks/analyze', body: { description: DESCRIPTION, data_source: 'orders' } },
  };
}

/**
 * An analysis of a million rows, beside its SQL in a bare DuckDB.
 *
 * @param {import('./scene.mjs').Scene} scene
 * @param {import('./scene.mjs').Server} worker
 * @param {Awaited<ReturnType<typeof addOrders>>} orders
 */
export async function measureAnalysis(scene, worker, orders) {
  const rounds = scene.stage.quick ? 2 : 5;
  const statements = await statementsOf(orders);
  /** @type {{ bare: number, task: number, computed: number, peak: number }[]} */
  const samples = [];
  for (let round = 1; round <= rounds; round += 1) {
    tell(`tasks: analysis ${round} of ${rounds}`);
    const bare = await runBare(orders.file, statements);
    samples.push({ bare, ...(await runTask(scene, worker, orders.task)) });
  }
  const of = (/** @type {keyof (typeof samples)[number]} */ name) => median(samples.map((sample) => sample[name]));
  const ratio = (/** @type {'task' | 'computed'} */ name) =>
    median(samples.map((sample) => sample[name] / sample.bare));
  return [
    figure(
      'tasks_analysis_bare',
      `bare DuckDB: a million rows, the ${statements.length} statements of an analysis`,
      of('bare'),
      's',
    ),
    figure('tasks_analysis_computed', 'the analysis until its numbers are there', of('computed'), 's'),
    figure('tasks_analysis_task', 'the whole task, with charts and report', of('task'), 's'),
    figure('tasks_analysis_ratio', 'its numbers beside bare DuckDB', ratio('computed'), 'times', { atMost: 2 }),
    figure('tasks_analysis_whole_ratio', 'the whole task beside bare DuckDB', ratio('task'), 'times'),
    figure(
      'tasks_analysis_memory',
      'most memory of the DuckDB process',
      Math.max(...samples.map(({ peak }) => peak)),
      'MiB',
      { atMost: 1024 },
    ),
  ];
}

/**
 * The statements that an analysis executes, in their order.
 *
 * @param {Awaited<ReturnType<typeof addOrders>>} orders
 * @returns {Promise<string[]>}
 */
async function statementsOf({ file, source }) {
  const { analyze } = await import(join(ROOT, 'dist/product/analysis/engine.js'));
  const { PlainRows } = await import(join(ROOT, 'dist/platform/duckdb/plain-rows.js'));
  const connection = await open(file);
  /** @type {string[]} */
  const statements = [];
  const session = {
    query: async (/** @type {string} */ sql) => {
      statements.push(sql);
      const result = await connection.runAndReadAll(sql);
      const rows = new PlainRows(result.deduplicatedColumnNames());
      rows.add(result.getRows());
      return rows.all;
    },
  };
  const { id, name, profile } = source;
  const given = {
    id,
    name,
    rowCount: profile.row_count,
    columns: profile.columns,
    findings: profile.findings,
    session,
  };
  await analyze({ description: DESCRIPTION }, given, async () => undefined);
  connection.closeSync();
  return statements;
}

/** @param {string} file @param {string[]} statements @returns {Promise<number>} seconds */
async function runBare(file, statements) {
  const startedAt = performance.now();
  const connection = await open(file);
  for (const sql of statements) await connection.runAndReadAll(sql);
  connection.closeSync();
  return (performance.now() - startedAt) / 1000;
}

/** @param {string} file */
async function open(file) {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: THREADS })).connect();
  await connection.run(`CREATE TABLE data AS FROM read_parquet('${file}')`);
  return connection;
}

/**
 * @param {import('./scene.mjs').Scene} scene
 * @param {import('./scene.mjs').Server} worker
 * @param {{ path: string, body: object }} task
 */
async function runTask(scene, worker, task) {
  const id = await scene.submit(task);
  const child = await scene.until(() => duckDbChildOf(worker.pid));
  let peak = 0;
  const endedAt = await scene.until(() => {
    peak = Math.max(peak, peakMebibytesOf(child));
    return duckDbChildOf(worker.pid) === child ? undefined : Date.now();
  });
  const { started, completed } = await scene.completed(id);
  return { task: (completed - started) / 1000, computed: (endedAt - started) / 1000, peak };
}
