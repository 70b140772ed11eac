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

interface WaitOption {
  wait?: boolean;
}

interface AddOptions extends ServerOptions, WaitOption {
  name?: string;
  table?: string;
  ssl?: string;
}

export function addDataSources(program: Command, context: Context): void {
  const sources = group(program, 'data-sources', 'the tables that tasks analyze');
  addAdd(sources, context);
  addList(sources, context);
  addShow(sources, context);
  addRefresh(sources, context);
  addRemove(sources, context);
}

function addAdd(sources: Command, context: Context): void {
  const add = leaf(
    sources,
    'add <source>',
    'upload a CSV, TSV, JSON, NDJSON, Parquet or XLSX file, or connect a table',
    [
      'data-sources add orders.csv --wait',
      'data-sources add export.parquet --name orders',
      'data-sources add postgresql://reader@db.example.com/shop --table sales.orders < password-file',
    ],
  )
    .option('--name <name>', 'name of the data source; default: that of the file or table')
    .option(
      '--table <table>',
      'table or view of a postgresql:// address; the password comes from PGPASSWORD or is asked for',
    )
    .option('--ssl <mode>', 'require (default) or disable')
    .option('--wait', 'wait until its profile is ready');
  withServer(add).action(
    printing(context, async (file: string, { name, wait, table: ofDatabase, ssl, ...server }: AddOptions) => {
      if (/^postgres(ql)?:/i.test(file)) {
        const connection = await connectionOf(file, { table: ofDatabase, ssl }, context);
        const body = { name: name ?? ofDatabase, format: 'postgresql', connection };
        const client = context.client(server);
        const source = await client.call<DataSourceDto>('POST', PATH, body);
        return shown(wait ? await profiled(client, source) : source);
      }
      if (ofDatabase !== undefined || ssl !== undefined)
        throw usage('--table and --ssl need an address such as postgresql://reader@db.example.com/shop.');
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

function addRefresh(sources: Command, context: Context): void {
  const refresh = leaf(sources, 'refresh <id>', 'read the table of a connection again', [
    `data-sources refresh ${AN_ID} --wait`,
  ]).option('--wait', 'wait until it is read');
  withServer(refresh).action(
    printing(context, async (id: string, { wait, ...server }: WaitOption & ServerOptions) => {
      const client = context.client(server);
      const source = await client.call<DataSourceDto>('POST', `${at(id)}/refresh`);
      return shown(wait ? await profiled(client, source) : source);
    }),
  );
}

/** @throws Failure if the address has a password: everybody on the machine can read arguments */
async function connectionOf(
  address: string,
  { table, ssl }: Pick<AddOptions, 'table' | 'ssl'>,
  { settings, terminal }: Context,
): Promise<object> {
  if (!URL.canParse(address)) throw usage('The address must be like postgresql://reader@db.example.com/shop.');
  const { hostname, port, username, password, pathname } = new URL(address);
  if (password) throw usage('Set the password as PGPASSWORD, or pass it on standard input, not in the address.');
  if (!table) throw usage('--table is required: the table or view to read.');
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port && { port: Number(port) }),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: settings.PGPASSWORD ?? (await terminal.ask('Password of the role: ', { hidden: true })),
    table,
    ...(ssl && { ssl }),
  };
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
  if (now.error) throw new Failure('PROFILING_FAILED', now.error);
  return now;
}

function shown(source: DataSourceDto): Answer {
  const { id, name, format, status, error, bytes, profile, connection, read_at: readAt } = source;
  const head = details({
    id,
    name,
    format,
    status,
    ...(error && { error }),
    ...(connection && { table: `${connection.table} of ${connection.database} on ${connection.host}` }),
    ...(readAt && { read: moment(readAt) }),
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
