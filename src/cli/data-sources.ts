import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Page } from '../platform/paging/index.js';
import type { DataSourceDto } from '../product/data-sources/index.js';
import type { Client } from './client.js';
import {
  group,
  leaf,
  pathWithPage,
  printing,
  withPage,
  withServer,
  type PageOptions,
  type ServerOptions,
} from './command.js';
import type { Context } from './context.js';
import { Failure, usage } from './failure.js';
import { details, listed, moment, printable, table, type Answer } from './output.js';

const PATH = '/api/v1/data-sources';
const POLL_MS = 250;
const AN_ID = '01a200ca-7b59-7000-8000-000000000000';
const FORMATS: Record<string, string> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.parquet': 'parquet',
  '.xlsx': 'xlsx',
};

interface AddOptions extends ServerOptions {
  name?: string;
  wait?: boolean;
}

export function addDataSources(program: Command, context: Context): void {
  const sources = group(program, 'data-sources', 'the tables that tasks analyze');
  addAdd(sources, context);
  addList(sources, context);
  addShow(sources, context);
  addRemove(sources, context);
}

function addAdd(sources: Command, context: Context): void {
  const add = leaf(sources, 'add <file>', 'upload a CSV, TSV, JSON, NDJSON, Parquet or XLSX file', [
    'data-sources add orders.csv --wait',
    'data-sources add export.parquet --name orders',
  ])
    .option('--name <name>', 'name of the data source; default: that of the file')
    .option('--wait', 'wait until its profile is ready');
  withServer(add).action(
    printing(context, async (file: string, { name, wait, ...server }: AddOptions) => {
      const extension = extname(file);
      const format = FORMATS[extension.toLowerCase()];
      if (!format) throw usage(`Only ${Object.keys(FORMATS).join(', ')} files can be added, not ${file}.`);
      await access(file, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
        throw new Failure('FILE_ERROR', `The file cannot be read (${error.code}).`);
      });
      const client = context.client(server);
      const body = { name: name ?? basename(file, extension), format };
      const { id } = await client.call<DataSourceDto>('POST', PATH, body);
      const source = await client.upload<DataSourceDto>(`${PATH}/${id}/content`, file);
      return shown(wait ? await profiled(client, source) : source);
    }),
  );
}

function addList(sources: Command, context: Context): void {
  const list = leaf(sources, 'list', 'list data sources, newest first', ['data-sources list --limit 100 --json']);
  withServer(withPage(list)).action(
    printing(context, async ({ limit, cursor, ...server }: PageOptions & ServerOptions) => {
      const path = pathWithPage(PATH, { limit, cursor });
      const page = await context.client(server).call<Page<DataSourceDto>>('GET', path);
      return listed(page, ['ID', 'NAME', 'FORMAT', 'STATUS', 'BYTES', 'ROWS', 'UPDATED'], (source) => [
        source.id,
        source.name,
        source.format,
        source.status,
        source.bytes,
        source.profile?.row_count ?? null,
        moment(source.updated_at),
      ]);
    }),
  );
}

function addShow(sources: Command, context: Context): void {
  withServer(leaf(sources, 'show <id>', 'show a data source with its profile', [`data-sources show ${AN_ID}`])).action(
    printing(context, async (id: string, server: ServerOptions) =>
      shown(await context.client(server).call<DataSourceDto>('GET', at(id))),
    ),
  );
}

function addRemove(sources: Command, context: Context): void {
  withServer(leaf(sources, 'rm <id>', 'delete a data source with its content', [`data-sources rm ${AN_ID}`])).action(
    printing(context, async (id: string, server: ServerOptions) => {
      await context.client(server).call('DELETE', at(id));
      return { json: { id, deleted: true }, text: `Deleted ${id}.` };
    }),
  );
}

const at = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;

async function profiled(client: Client, source: DataSourceDto): Promise<DataSourceDto> {
  let now = source;
  while (now.status === 'profiling') {
    await sleep(POLL_MS);
    now = await client.call<DataSourceDto>('GET', at(source.id));
  }
  if (now.status === 'failed') throw new Failure('PROFILING_FAILED', now.error ?? 'The file cannot be read.');
  return now;
}

function shown(source: DataSourceDto): Answer {
  const { id, name, format, status, error, bytes, profile } = source;
  const head = details({
    id,
    name,
    format,
    status,
    ...(error && { error }),
    bytes,
    ...(profile && { rows: profile.row_count }),
    updated: moment(source.updated_at),
  });
  if (!profile) return { json: source, text: head };
  const columns = table(
    ['COLUMN', 'TYPE', 'ROLE', 'NULLS', 'DISTINCT', 'MIN', 'MAX'],
    profile.columns.map(({ name: column, type, role, nulls, distinct, min, max }) => [
      ...[column, type, role, nulls, distinct, min, max],
    ]),
  );
  return { json: source, text: [head, columns, ...profile.findings.map(printable)].join('\n\n') };
}
