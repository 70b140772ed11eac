import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { watchProcess } from '../watchdog/index.js';
import { loadTable } from './load-table.js';
import type { ChildReply, ChildRequest, Start } from './messages.js';
import { PlainRows } from './plain-rows.js';
import { isOutOfMemory, readableError } from './readable-error.js';
import { literal } from './sql.js';
import { TableRefused } from './table-refused.js';

// The process's side: opens DuckDB, loads the tables, then answers one query after the other.
watchProcess(Number(process.argv[2]));
process.on('disconnect', () => process.exit());

const THREADS = '2';
let connection: DuckDBConnection;
let turn = Promise.resolve();

process.on('message', (request: ChildRequest) => {
  turn = turn.then(async () => {
    const reply = await replyTo(request);
    process.send?.(reply);
  });
});

async function replyTo(request: ChildRequest): Promise<ChildReply> {
  const { id } = request;
  try {
    if ('start' in request) {
      await start(request.start);
      return { id, rows: [] };
    }
    return { id, rows: await query(request.sql, request.parameters) };
  } catch (error) {
    if (isOutOfMemory(error)) return { id, outOfMemory: true };
    return { id, error: error instanceof TableRefused ? error.message : readableError(error) };
  }
}

async function start({ tables, folder, memoryMb, diskMb }: Start): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: THREADS,
    memory_limit: `${memoryMb}MiB`,
    temp_directory: folder,
    max_temp_directory_size: `${diskMb}MiB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  });
  connection = await instance.connect();
  const loads = await Promise.all(tables.map((table, index) => loadTable(table, `${folder}/table-${index}`)));
  const files = loads.map(({ path }) => literal(path));
  // From here on, no statement reaches another file or the network, and none can change that.
  await connection.run(`SET allowed_paths = [${files.join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  for (const { run } of loads) await run(connection);
}

async function query(sql: string, parameters: unknown[]): Promise<Record<string, unknown>[]> {
  const result = await connection.stream(sql, parameters as never[]);
  const rows = new PlainRows(result.deduplicatedColumnNames());
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return rows.all;
    rows.add(chunk.getRows());
  }
}
