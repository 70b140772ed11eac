import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Socket } from 'node:net';
import { DataSourcesService, type Profile } from '../../src/product/data-sources/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { expectInvalid, expectProblem, NO_ID, TIME } from '../harness/expectations.js';
import { PASSWORD, register, withKey } from '../harness/fixtures.js';
import {
  createOutsideDatabase,
  encrypted,
  plainly,
  startServer,
  toPostgres,
  type Connection,
  type OutsideDatabase,
  type OutsideServer,
} from '../harness/outside-database.js';

const PATH = '/api/v1/data-sources';
const READ_SECONDS = 20;

interface Source {
  id: string;
  name: string;
  status: string;
  error: string | null;
  bytes: number;
  profile: Profile | null;
  connection: Omit<Connection, 'password'> | null;
  read_at: string | null;
}

let app: TestApp;
let server: OutsideServer;
let outside: OutsideDatabase;
let owner: TestClient;
let organizationId: string;
beforeAll(async () => {
  app = await startApp({
    OUTGOING_PRIVATE_ADDRESSES: '127.0.0.1, ::1',
    DATA_SOURCE_MAX_MB: '4',
    DATA_SOURCE_READ_SECONDS: String(READ_SECONDS),
    ANALYSIS_MEMORY_MB: '384',
    NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] as string,
  });
  server = await startServer(plainly);
  outside = await createOutsideDatabase(server.port);
  const account = await register(app.client);
  organizationId = account.organizationId;
  owner = await withKey(account.session, ['tasks:read', 'tasks:write']);
});
afterAll(async () => {
  await app.close();
  await server.close();
  await outside.drop();
});

let count = 0;
const create = (connection: object | undefined, client = owner, format = 'postgresql'): Promise<Answer<Source>> =>
  client.post<Source>(PATH, { name: `connection ${++count}`, format, connection });

async function settled(id: string, client = owner): Promise<Source> {
  let source: Source | undefined;
  await eventually(async () => {
    ({ body: source } = await client.get<Source>(`${PATH}/${id}`));
    expect(source.status).toMatch(/ready|failed/);
  }, 60_000);
  return source as Source;
}

/** The data source after its table was read. */
async function read(connection: object, client = owner): Promise<Source> {
  const { status, body } = await create(connection, client);
  expect({ status, body }).toMatchObject({ status: 201, body: { status: 'profiling', profile: null, read_at: null } });
  return settled(body.id, client);
}

const orders = (change: Partial<Connection> = {}): Connection => ({
  ...outside.connectionTo('sales.orders'),
  ...change,
});

const open = <T>(idOrName: string, sql: string): Promise<T[]> =>
  app.nest
    .get(DataSourcesService, { strict: false })
    .open(organizationId, idOrName, { signal: new AbortController().signal, timeoutMs: 60_000 }, ({ session }) =>
      session.query(sql),
    ) as Promise<T[]>;

const pieces = (id: string): Promise<unknown[]> =>
  app.database.query('SELECT FROM data_source_pieces WHERE data_source_id = $1', [id]);

describe('a PostgreSQL connection', () => {
  it('copies the table, with its types', async () => {
    const connection = orders();
    const source = await read(connection);
    const { password: _, ...shown } = connection;
    expect(source).toMatchObject({
      status: 'ready',
      error: null,
      connection: shown,
      read_at: expect.stringMatching(TIME),
    });
    expect(source.profile?.row_count).toBe(3);
    expect(source.profile?.columns.map(({ name, type }) => [name, type])).toEqual([
      ['order_id', 'integer'],
      ['Order Date', 'date'],
      ['paid_at', 'timestamp'],
      ['amount', 'number'],
      ['is_new', 'boolean'],
      ['note', 'string'],
    ]);
    expect(await open(source.id, 'SELECT order_id, amount, is_new, note FROM data ORDER BY 1 LIMIT 2')).toEqual([
      { order_id: 1, amount: 3.5, is_new: true, note: 'plain' },
      { order_id: 2, amount: 80, is_new: false, note: 'two\nlines, "quoted"' },
    ]);
    const [stored] = await app.database.query<{ row: string }>(
      'SELECT row_to_json(d)::text AS row FROM data_sources d WHERE id = $1',
      [source.id],
    );
    expect(stored?.row).not.toContain(PASSWORD);
  });

  it('reads a view, and names that are SQL', async () => {
    await outside.query(`CREATE VIEW sales."a ""; DROP" AS SELECT 1 AS "x; --"`);
    await outside.query(`GRANT SELECT ON sales."a ""; DROP" TO ${orders().user}`);
    const { profile } = await read(orders({ table: 'sales.a "; DROP' }));
    expect(profile?.columns.map(({ name }) => name)).toEqual(['x; --']);
    expect(await read(orders({ table: 'sales.none' }))).toMatchObject({
      status: 'failed',
      error: 'The database reports: relation "sales.none" does not exist',
    });
  });

  it('verifies the certificate of an encrypted server, and requires encryption by default', async () => {
    const secure = await startServer(encrypted);
    const { ssl: _, ...given } = orders({ port: secure.port, host: 'localhost' });
    expect(await read(given)).toMatchObject({ status: 'ready', connection: { ssl: 'require' } });
    expect(await read({ ...given, host: '127.0.0.1' })).toMatchObject({ status: 'ready' });
    expect(await read({ ...given, host: '::ffff:127.0.0.1' })).toMatchObject({
      status: 'failed',
      error: 'The certificate of the server cannot be verified (ERR_TLS_CERT_ALTNAME_INVALID).',
    });
    expect(await read({ ...given, host: 'localhost', port: server.port })).toMatchObject({
      status: 'failed',
      error: 'The server does not offer encrypted connections.',
    });
    await secure.close();
  });

  it('is read again on request, and keeps the earlier copy if that fails', async () => {
    await outside.query('CREATE TABLE sales.stock AS SELECT 1 AS n');
    await outside.query(`GRANT SELECT ON sales.stock TO ${orders().user}`);
    const { id, read_at: before } = await read(orders({ table: 'sales.stock' }));
    await outside.query('UPDATE sales.stock SET n = 2');
    const refreshed = await owner.post<Source>(`${PATH}/${id}/refresh`);
    expect({ status: refreshed.status, body: refreshed.body }).toMatchObject({
      status: 202,
      body: { status: 'profiling', profile: { row_count: 1 } },
    });
    const after = await settled(id);
    expect(Date.parse(after.read_at as string)).toBeGreaterThan(Date.parse(before as string));
    expect(await open(id, 'SELECT * FROM data')).toEqual([{ n: 2 }]);
    await outside.query('DROP TABLE sales.stock');
    await owner.post(`${PATH}/${id}/refresh`);
    expect(await settled(id)).toMatchObject({
      status: 'ready',
      error: 'The database reports: relation "sales.stock" does not exist',
      profile: { row_count: 1 },
      read_at: after.read_at,
    });
    expect(await open(id, 'SELECT * FROM data')).toEqual([{ n: 2 }]);
    await eventually(async () => expect(await pieces(id)).toHaveLength(1));
  });

  it('can be replaced', async () => {
    await outside.query('CREATE TABLE sales.other AS SELECT 7 AS n');
    await outside.query(`GRANT SELECT ON sales.other TO ${orders().user}`);
    const { id } = await read(orders());
    const { status, body } = await owner.patch<Source>(`${PATH}/${id}`, {
      connection: orders({ table: 'sales.other' }),
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: 'profiling', connection: { table: 'sales.other' } },
    });
    await settled(id);
    expect(await open(id, 'SELECT * FROM data')).toEqual([{ n: 7 }]);
  });

  it('has valid fields', async () => {
    expectInvalid(await create(undefined), 'connection');
    expectInvalid(await create(orders(), owner, 'csv'), 'connection');
    expectInvalid(await create([]), 'connection');
    expectInvalid(
      await create({}),
      ...['host', 'database', 'user', 'password', 'table'].map((field) => `connection.${field}`),
    );
    const wrong = { host: '/tmp', port: 0, ssl: 'prefer', table: 'a.b.c' };
    expectInvalid(
      await create({ ...orders(), ...wrong }),
      ...['host', 'port', 'table', 'ssl'].map((field) => `connection.${field}`),
    );
    expectInvalid(await create({ ...orders(), port: null }), 'connection.port');
    expectInvalid(await create({ ...orders(), extra: 1 }), 'connection.extra');
  });

  it('has no upload, and a file has no connection', async () => {
    const { id } = await read(orders());
    expectProblem(await owner.call('PUT', `${PATH}/${id}/content`, { body: 'a\n1\n' }), 'CONFLICT');
    const { body: file } = await create(undefined, owner, 'csv');
    expect(file).toMatchObject({ connection: null, read_at: null });
    expectProblem(await owner.post(`${PATH}/${file.id}/refresh`), 'CONFLICT');
    expectProblem(await owner.patch(`${PATH}/${file.id}`, { connection: orders() }), 'CONFLICT');
  });

  it('belongs to its organization', async () => {
    const { id } = await read(orders());
    const { session } = await register(app.client);
    const stranger = await withKey(session, ['tasks:read', 'tasks:write']);
    const reader = await withKey(session, ['tasks:read']);
    expectProblem(await stranger.post(`${PATH}/${id}/refresh`), 'NOT_FOUND');
    expectProblem(await stranger.patch(`${PATH}/${id}`, { connection: orders() }), 'NOT_FOUND');
    expectProblem(await owner.post(`${PATH}/${NO_ID}/refresh`), 'NOT_FOUND');
    expectProblem(await owner.post(`${PATH}/no-id/refresh`), 'NOT_FOUND');
    expectProblem(await reader.post(`${PATH}/${id}/refresh`), 'INSUFFICIENT_SCOPE');
    expectProblem(await app.client.post(`${PATH}/${id}/refresh`), 'UNAUTHORIZED');
    const broken = await owner.call('PATCH', `${PATH}/${id}`, {
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expectProblem(broken, 'BAD_REQUEST');
  });

  it('tells nobody the password', async () => {
    const { id } = await read(orders({ table: 'sales.none' }));
    await owner.patch(`${PATH}/${id}`, { connection: orders() });
    await settled(id);
    await owner.post(`${PATH}/${id}/refresh`);
    await settled(id);
    const answers = [await owner.get(`${PATH}/${id}`), await owner.get(PATH)];
    const written = await app.database.query<{ text: string }>(
      `SELECT row_to_json(e)::text AS text FROM events e WHERE subject = $1
       UNION ALL SELECT row_to_json(a)::text FROM audit_log a WHERE target_id = $1::text
       UNION ALL SELECT row_to_json(d)::text FROM data_sources d WHERE id = $1::uuid`,
      [id],
    );
    const types = written.flatMap(({ text }) => /data_source\.\w+/.exec(text) ?? []);
    expect(new Set(types)).toEqual(
      new Set(['created', 'updated', 'refreshed', 'profiled', 'failed'].map((verb) => `data_source.${verb}`)),
    );
    for (const text of [...written.map(({ text }) => text), ...answers.map(({ body }) => JSON.stringify(body))])
      expect(text).not.toContain(PASSWORD);
  });

  it('is read even if its job is lost', async () => {
    const { id } = await read(orders());
    await app.database.query(
      `UPDATE data_sources SET status = 'profiling', updated_at = now() - interval '1 minute' WHERE id = $1`,
      [id],
    );
    expect((await settled(id)).status).toBe('ready');
  });

  it('may not be larger than a file', async () => {
    await outside.query(`CREATE TABLE sales.large AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 10000)`);
    await outside.query(`GRANT SELECT ON sales.large TO ${orders().user}`);
    const source = await read(orders({ table: 'sales.large' }));
    expect(source).toMatchObject({ status: 'failed', error: 'The table is larger than 4 MiB.' });
    await eventually(async () => expect(await pieces(source.id)).toEqual([]));
  });

  it.each([
    ['deletion', (id: string) => owner.delete(`${PATH}/${id}`)],
    ['replacement', (id: string) => owner.patch<Source>(`${PATH}/${id}`, { connection: orders() })],
  ])('has no effect of a read that was in progress before its %s', async (_what, change) => {
    let stalled: Socket | undefined;
    const stalling = await startServer(
      fromCopyOn((socket) => {
        stalled = socket;
      }),
    );
    const { body } = await create(orders({ port: stalling.port }));
    await eventually(() => expect(stalled).toBeDefined());
    const { status } = await change(body.id);
    await eventually(() => expect(stalled?.destroyed).toBe(true), 60_000);
    await stalling.close();
    if (status === 204) return eventually(async () => expect(await pieces(body.id)).toEqual([]));
    expect(await settled(body.id)).toMatchObject({ status: 'ready', profile: { row_count: 3 } });
    await eventually(async () => expect(await pieces(body.id)).toHaveLength(1));
  });
});

describe('a role that can write is refused', () => {
  it.each<[string, string, string[], RegExp]>([
    ['a superuser', 'SUPERUSER', [], /is a superuser/],
    ['one that creates roles', 'CREATEROLE', [], /can create roles/],
    ['one that creates databases', 'CREATEDB', [], /can create databases/],
    [
      'a member of pg_write_all_data',
      'NOINHERIT',
      ['GRANT pg_write_all_data TO WRITER'],
      /is a member of pg_write_all_data/,
    ],
    ['one with CREATE on the database', '', ['GRANT CREATE ON DATABASE DATABASE_NAME TO WRITER'], /can create schemas/],
    [
      'one with CREATE on a schema',
      '',
      ['GRANT CREATE ON SCHEMA sales TO WRITER'],
      /can create tables in the schema sales/,
    ],
    ...['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'UPDATE (note)'].map((right): [string, string, string[], RegExp] => [
      `one with ${right}`,
      '',
      [`GRANT ${right} ON sales.orders TO WRITER`],
      /can change sales\.orders/,
    ]),
  ])('%s', async (_who, attributes, grants, reason) => {
    const { status, error } = await read(orders(await outside.writer(attributes, ...grants)));
    expect(status).toBe('failed');
    expect(error).toMatch(reason);
    expect(error).toMatch(/^The role "writer_\w+" .*\. Use a role that can only read\.$/);
  });
});

/** A message of the protocol. */
function message(code: string, body: Buffer | string, length?: number): Buffer {
  const head = Buffer.alloc(5);
  head.write(code);
  head.writeUInt32BE(length ?? Buffer.byteLength(body) + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Writes without end, as fast as the other side reads. */
function flood(socket: Socket, part: Buffer): void {
  const more = (): void => {
    while (socket.writable && socket.write(part));
  };
  socket.on('drain', more);
  more();
}

const answering =
  (...answers: Buffer[]) =>
  (socket: Socket): void => {
    socket.once('data', () => socket.write(Buffer.concat(answers)));
  };

/** Passes on PostgreSQL until the table begins, then does something else. */
const fromCopyOn =
  (then: (socket: Socket) => void) =>
  (socket: Socket): void => {
    const postgres = toPostgres(socket);
    socket.pipe(postgres);
    let isOver = false;
    postgres.on('data', (chunk: Buffer) => {
      if (isOver) return;
      const at = chunk.indexOf('order_id');
      isOver = at >= 0;
      socket.write(isOver ? chunk.subarray(0, at + 4) : chunk);
      if (isOver) then(socket);
    });
    postgres.on('close', () => isOver || socket.destroy());
  };

const OK = message('R', int32(0));
const SCRAM = message('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')]));
const BROKEN = 'The server broke off the connection, or does not speak the protocol of PostgreSQL.';
const TOO_LATE = `The table was not read within ${READ_SECONDS} seconds.`;
const UNSAFE = 'The server asks for the password in a form that is only safe with `ssl` `require`.';

describe('a hostile server', () => {
  it.each<[string, (socket: Socket, port: number) => void, string | RegExp]>([
    ['answers nothing', () => undefined, 'The server did not answer in time.'],
    ['stops in the table', fromCopyOn(() => undefined), TOO_LATE],
    ['closes at once', (socket) => socket.destroy(), BROKEN],
    ['closes in the table', fromCopyOn((socket) => socket.destroy()), BROKEN],
    [
      'speaks HTTP',
      answering(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
      /^The server did not answer in time|broke off/,
    ],
    ['sends garbage', answering(Buffer.from('Z\0\0\0\x05IT\0\0\0\x06\xff\xff', 'latin1')), BROKEN],
    ['sends garbage in the table', fromCopyOn((socket) => socket.end(Buffer.alloc(5_000, 0xfe))), BROKEN],
    [
      'announces 1 GB and sends it',
      (socket) => flood(socket, message('N', Buffer.alloc(1_000_000), 1e9)),
      /more at once|broke off/,
    ],
    ['sends notices without end', (socket) => flood(socket, message('S', `a\0${'x'.repeat(50_000)}\0`)), /in time/],
    [
      'sends rows without end',
      (socket) => {
        answering(OK, message('Z', 'I'))(socket);
        const row = message('D', Buffer.concat([Buffer.from([0, 1]), int32(100_000), Buffer.alloc(100_000)]));
        socket.once('data', () => flood(socket, row));
      },
      /more at once|broke off|within/,
    ],
    ['wants the password in clear', answering(message('R', int32(3))), UNSAFE],
    ['wants the password as MD5', answering(message('R', Buffer.concat([int32(5), Buffer.from('salt')]))), UNSAFE],
    [
      'wants a weak proof',
      answering(message('R', Buffer.concat([int32(10), Buffer.from('PLAIN\0\0')]))),
      /SCRAM-SHA-256/,
    ],
    [
      'wants a billion rounds of hashing',
      (socket) => {
        socket.once('data', () => {
          socket.write(SCRAM);
          socket.once('data', (first: Buffer) => {
            const nonce = /r=([^,]+)$/.exec(first.toString())?.[1];
            socket.write(message('R', Buffer.concat([int32(11), Buffer.from(`r=${nonce}x,s=c2FsdA==,i=1000000000`)])));
          });
        });
      },
      /SCRAM-SHA-256/,
    ],
    [
      'repeats the password in a long error',
      answering(message('E', `SFATAL\0C28000\0M${PASSWORD}\nno\x1b[31m ${'x'.repeat(5_000)}\0\0`)),
      /^The database reports: \*\*\* no \[31m x{100,200}$/,
    ],
  ])('that %s fails with a reason', async (_what, serve, reason) => {
    const hostile = await startServer(serve);
    const { session } = await register(app.client);
    const client = await withKey(session, ['tasks:read', 'tasks:write']);
    const { id, status, error } = await read(orders({ port: hostile.port }), client);
    expect({ status, error }).toEqual({
      status: 'failed',
      error: reason instanceof RegExp ? expect.stringMatching(reason) : reason,
    });
    expect(error).not.toContain(PASSWORD);
    await eventually(async () => expect(await pieces(id)).toEqual([]));
    await hostile.close();
  });

  it('does not delay other organizations', async () => {
    const hanging = await startServer(() => undefined);
    await create(orders({ port: hanging.port }));
    await create(orders({ port: hanging.port }));
    await eventually(() => expect(hanging.connections).toBe(1));
    const { session } = await register(app.client);
    const client = await withKey(session, ['tasks:read', 'tasks:write']);
    expect(await read(orders(), client)).toMatchObject({ status: 'ready' });
    expect(hanging.connections).toBe(1);
    await hanging.close();
  });

  it.each([
    '127.0.0.2',
    '127.2',
    '2130706434',
    '0.0.0.0',
    '10.0.0.1',
    '169.254.169.254',
    'fd00::1',
    '::ffff:127.0.0.2',
  ])('at the private address %s is not called', async (host) => {
    const secret = await startServer(plainly, '0.0.0.0');
    expect(await read(orders({ host, port: secret.port }))).toMatchObject({
      status: 'failed',
      error: `The address of ${host} is private. The operator of this server must allow it.`,
    });
    expect(secret.connections).toBe(0);
    await secret.close();
  });

  it('that does not exist fails', async () => {
    expect((await read(orders({ host: 'nowhere.invalid' }))).error).toBe('The host nowhere.invalid was not found.');
    const closed = await startServer(() => undefined);
    await closed.close();
    expect((await read(orders({ port: closed.port }))).error).toBe('The server refuses connections on this port.');
  });
});
