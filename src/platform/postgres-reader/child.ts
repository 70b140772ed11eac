import { pipeline } from 'node:stream/promises';
import { Client, escapeIdentifier, type Connection } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { watchProcess } from '../watchdog/index.js';
import type { Order, Reply } from './messages.js';
import { ReadRefused, readableFailure } from './readable-failure.js';
import { FIND_WRITE_RIGHT } from './write-rights.js';

// The process's side: reads one table and writes it to standard output, separated by tabs.
watchProcess(Number(process.argv[2]));
process.on('disconnect', () => process.exit());
process.once('message', (order: Order) => {
  // The driver throws from within when a server breaks the protocol.
  process.on('uncaughtException', (error) => reply({ error: readableFailure(error, order.password) }));
  read(order).then(
    () => reply({ done: true }),
    (error: unknown) => reply({ error: readableFailure(error, order.password) }),
  );
});

const CONNECT_MS = 10_000;
const LOCK_MS = 5_000;

/** The parent ends this process after the first reply. */
const reply = (message: Reply): void => void process.send?.(message);

async function read(order: Order): Promise<void> {
  const client = connectionOf(order);
  await client.connect();
  await client.query(sessionFor(order.timeoutMs));
  const { rows } = await client.query<{ what: string }>(FIND_WRITE_RIGHT);
  if (rows[0])
    throw new ReadRefused(
      `The role ${JSON.stringify(order.user)} ${rows[0].what.slice(0, 150)}. Use a role that can only read.`,
    );
  const table = order.table.split('.').map(escapeIdentifier).join('.');
  const format = "FORMAT csv, HEADER true, DELIMITER E'\\t'";
  const copy = client.query(copyTo(`COPY (SELECT * FROM ${table}) TO STDOUT (${format})`));
  await pipeline(copy, process.stdout, { end: false });
  // Called when all that was written before has left this process.
  await new Promise((resolve) => process.stdout.write('', resolve));
  // A server that broke off the table on the way does not complete this.
  await client.query('COMMIT');
}

function connectionOf({ address, host, port, database, user, password, ssl }: Order): Client {
  const client = new Client({
    host: address,
    port,
    database,
    user,
    password,
    ssl: ssl === 'require' && { rejectUnauthorized: true, ...(address !== host && { servername: host }) },
    connectionTimeoutMillis: CONNECT_MS,
    client_encoding: 'UTF8',
    application_name: 'parlance',
  });
  client.on('error', () => undefined);
  if (ssl === 'disable') requireScram((client as unknown as { connection: Connection }).connection);
  return client;
}

/** Anybody on the way could read a password that is sent in another way. This listener runs before that of the driver. */
function requireScram(connection: Connection): void {
  const refuse = (): void => {
    const why = 'The server asks for the password in a form that is only safe with `ssl` `require`.';
    connection.stream.destroy(new ReadRefused(why));
  };
  connection.on('authenticationCleartextPassword', refuse).on('authenticationMD5Password', refuse);
}

/** `SET LOCAL` also holds behind a connection pooler. The formats are those that DuckDB recognizes. */
const sessionFor = (timeoutMs: number): string => `
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL statement_timeout = ${timeoutMs};
  SET LOCAL lock_timeout = ${LOCK_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs};
  SET LOCAL datestyle = ISO;
  SET LOCAL intervalstyle = postgres;
  SET LOCAL timezone = 'UTC'`;
