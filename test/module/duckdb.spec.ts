import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DuckDbProcess } from '../../src/platform/duckdb/duckdb-process.js';
import { DuckDb, DuckDbEnded, DuckDbError, TemporaryFolders, type TableFile } from '../../src/platform/duckdb/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { dataFoldersOf } from '../harness/duckdb-children.js';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { isLong } from '../harness/variables.mjs';

const config = testConfig({ ANALYSIS_MEMORY_MB: '384', WORKER_CONCURRENCY: '1' });
const logger = new Logger(config);
const folders = new TemporaryFolders(logger);
const never = new AbortController().signal;
const SUM = 'SELECT sum(a) AS sum FROM data';
/** Counts for hours. */
const ENDLESS = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';

let folder: string;
let duckdb: DuckDb;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'duckdb-spec-'))));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => (duckdb = new DuckDb(config, folders, logger)));
afterEach(async () => {
  await duckdb.onApplicationShutdown();
  await eventually(() => expect(dataFoldersOf(process.pid)).toEqual([]));
});

function file(content: string | Buffer, format: TableFile['format'] = 'csv', name = 'data'): TableFile {
  const path = join(folder, `file.${format}`);
  writeFileSync(path, content);
  return { name, path, format };
}

const ask = (
  table: TableFile,
  sql: string,
  {
    parameters,
    timeoutMs = 30_000,
    signal = never,
  }: { parameters?: unknown[]; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Record<string, unknown>[]> =>
  duckdb.withTables([table], { signal, timeoutMs }, (session) => session.query(sql, parameters));

describe('DuckDB in a process of its own', () => {
  it('ends at once if the work was cancelled while the process started', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    const child = new DuckDbProcess({ memoryMb: 384, signal, timeoutMs: 30_000 });
    await expect(child.load([], folder)).rejects.toThrow('cancelled');
    await child.end();
  });

  it('returns plain values', async () => {
    const table = file('a,day,at,name,ok\n1,2024-01-02,2024-01-02 03:04:05.5,x,true\n2,,,,\n');
    const sql = `SELECT *, 1.25::DECIMAL(10,2) AS price, 9007199254740993::HUGEINT AS big, 'nan'::DOUBLE AS nan,
      [1, 2] AS list, {a: DATE '2024-01-01'} AS struct, "at"::TIMESTAMPTZ AS zoned FROM data ORDER BY a`;
    expect(await ask(table, sql)).toEqual([
      {
        a: 1,
        day: '2024-01-02',
        at: '2024-01-02T03:04:05.5Z',
        name: 'x',
        ok: true,
        price: 1.25,
        big: 9007199254740992,
        nan: null,
        list: [1, 2],
        struct: { a: '2024-01-01' },
        zoned: '2024-01-02T03:04:05.5Z',
      },
      expect.objectContaining({ a: 2, day: null, at: null, name: null, ok: null }),
    ]);
  });

  it('takes ids as text', async () => {
    const table = file('{"i\\"d": "6f3c1d7e-6a55-4a8f-9a53-0b9d7c1c2a11", "n": 1}\n', 'ndjson');
    expect(await ask(table, `SELECT length("i""d") AS length, typeof("i""d") AS type FROM data`)).toEqual([
      { length: 36, type: 'VARCHAR' },
    ]);
  });

  it('takes parameters', async () => {
    const rows = await ask(file('a\n1\n2\n'), 'SELECT a FROM data WHERE a = ?', { parameters: [2] });
    expect(rows).toEqual([{ a: 2 }]);
  });

  it('reports a refused statement and goes on', async () => {
    const rows = await duckdb.withTables([file('a\n1\n')], { signal: never, timeoutMs: 30_000 }, async (session) => {
      await expect(session.query('SELECT nothing FROM data')).rejects.toThrow(DuckDbError);
      await expect(session.query('SELECT range FROM range(100001)')).rejects.toThrow('more than 100,000 rows');
      return session.query(SUM);
    });
    expect(rows).toEqual([{ sum: 1 }]);
  });

  it('reaches no other file, no network and no setting', async () => {
    const refused = [
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM read_text('/proc/self/environ')",
      "COPY data TO '/tmp/parlance-data-out.csv'",
      "ATTACH '/tmp/parlance-data-out.db'",
      "SELECT * FROM read_csv('https://example.com/x.csv')",
      'INSTALL httpfs',
      'LOAD httpfs',
      "SET memory_limit = '1TB'",
      'SET enable_external_access = true',
      "SET allowed_paths = ['/etc/passwd']",
    ];
    await duckdb.withTables([file('a\n1\n')], { signal: never, timeoutMs: 30_000 }, async (session) => {
      for (const sql of refused) await expect(session.query(sql), sql).rejects.toThrow(/Permission Error|locked|Error/);
    });
  });

  it('ends at the deadline', async () => {
    await expect(ask(file('a\n1\n'), ENDLESS, { timeoutMs: 1_000 })).rejects.toMatchObject({ reason: 'deadline' });
  });

  it('ends when it is aborted, with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const asked = duckdb.withTables([file('a\n1\n')], { signal: stop.signal, timeoutMs: 60_000 }, (session) => {
      const answer = session.query(ENDLESS);
      stop.abort(reason);
      return answer;
    });
    await expect(asked).rejects.toBe(reason);
  });

  it('ends when it needs too much memory, in DuckDB or outside of it', async () => {
    const inDuckDb = 'SELECT list(range) FROM range(100000000)';
    await expect(ask(file('a\n1\n'), inDuckDb)).rejects.toEqual(new DuckDbEnded('memory'));
    const outside = `SELECT repeat('x', 2000000) || range AS text FROM range(2000)`;
    await expect(ask(file('a\n1\n'), outside)).rejects.toThrow(/memory|larger than 32 MiB/);
    expect(await ask(file('a\n1\n'), SUM)).toEqual([{ sum: 1 }]);
  });

  it('lets the next one begin when a slot is free, and forgets one that was aborted while it waited', async () => {
    const stop = new AbortController();
    const order: string[] = [];
    const [, second, third] = await Promise.allSettled([
      ask(file('a\n1\n'), SUM).then(() => order.push('first')),
      ask(file('a\n1\n'), SUM, { signal: stop.signal }),
      ask(file('a\n1\n'), SUM).then(() => order.push('third')),
      Promise.resolve().then(() => stop.abort(new Error('cancelled'))),
    ]);
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'cancelled' } });
    expect(third.status).toBe('fulfilled');
    expect(order).toEqual(['first', 'third']);
  });
});

/** A Parquet file with the rows of a query. */
async function parquet(sql: string): Promise<TableFile> {
  const path = join(folder, 'file.parquet');
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
  connection.closeSync();
  return { name: 'data', path, format: 'parquet' };
}

describe.runIf(isLong)('a line of 100 MB', () => {
  it.each<[TableFile['format'], string, string, RegExp]>([
    ['csv', 'a,b\n1,', '\n', /^Line 1: Maximum line size/],
    ['ndjson', '{"a": 1}\n{"a": "', '"}\n', /maximum_object_size/],
    ['json', '[{"a": "', '"}]', /maximum_object_size/],
  ])('in %s is refused with a reason', async (format, start, end, reason) => {
    const long = file(`${start}${'x'.repeat(100_000_000)}${end}`, format);
    await expect(ask(long, 'SELECT count(*) FROM data')).rejects.toThrow(reason);
  });
});

describe('a Parquet file', () => {
  it('that unpacks to long texts ends its process with the reason, and nothing else', async () => {
    const bomb = await parquet(`SELECT repeat('x', 1000000) AS a FROM range(2048)`);
    expect(statSync(bomb.path).size).toBeLessThan(1_000_000);
    await expect(ask(bomb, 'SELECT count(*) FROM data')).rejects.toEqual(new DuckDbEnded('memory'));
    expect(await ask(file('a\n1\n'), SUM)).toEqual([{ sum: 1 }]);
  });

  it('that unpacks to endless rows ends at the deadline at the latest', async () => {
    const bomb = await parquet('SELECT 1 AS a FROM range(100000000)');
    expect(statSync(bomb.path).size).toBeLessThan(1_000_000);
    const asked = ask(bomb, 'SELECT count(*) FROM data', { timeoutMs: 500 });
    await expect(asked).rejects.toMatchObject({ reason: expect.stringMatching(/^(deadline|memory)$/) });
  });

  it('with a footer that lies is refused with a reason, or read without harm', async () => {
    const { path } = await parquet('SELECT range AS a, range::VARCHAR AS b FROM range(5000)');
    const content = readFileSync(path);
    const start = content.length - 8 - content.readUInt32LE(content.length - 8);
    const step = Math.ceil((content.length - start) / 5);
    // Bytes all over the footer: sizes, offsets, types and counts.
    for (let at = start; at < content.length; at += step) {
      const lying = Buffer.from(content);
      lying[at] = (lying[at] as number) ^ 0xff;
      const { reason, message } = await ask(file(lying, 'parquet'), 'SELECT count(*), max(b) FROM data').then(
        () => ({ reason: undefined, message: '' }),
        (error: { reason?: string; message: string }) => error,
      );
      expect({ at: at - start, reason }).toEqual({ at: at - start, reason: undefined });
      expect(message).not.toMatch(/\/tmp|table-0|\n/);
    }
  });
});

describe('the temporary folders', () => {
  it('of processes that have died are removed at start; those of others stay', async () => {
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const named = (pid: number, run: string): string => join(tmpdir(), `parlance-data-${pid}-${run}-spec`);
    // A restarted container gives the same id to another process.
    const abandoned = [named(dead, '00000000'), named(process.pid, '00000000')];
    const kept = [named(process.ppid, '00000000'), join(tmpdir(), `parlance-data-${dead}`)];
    for (const path of [...abandoned, ...kept]) mkdirSync(path);
    for (const path of abandoned) writeFileSync(join(path, 'data.csv'), 'a\n1\n');
    await folders.withFolder(async (own) => {
      await folders.onApplicationBootstrap();
      expect(abandoned.filter((path) => existsSync(path))).toEqual([]);
      expect([...kept, own].filter((path) => !existsSync(path))).toEqual([]);
    });
    for (const path of kept) rmSync(path, { recursive: true });
  });
});
