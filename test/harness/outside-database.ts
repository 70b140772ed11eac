import { randomBytes } from 'node:crypto';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import type { PostgresTable } from '../../src/platform/postgres-reader/index.js';
import { createDatabase, type TestDatabase } from './database.mjs';
import { localhostCertificate } from './document-server.js';
import { PASSWORD } from './planted.mjs';

/** The connection of a data source, as the API takes it. */
export type Connection = PostgresTable;

export interface OutsideDatabase extends TestDatabase {
  /** By a role that can only read, without encryption. */
  connectionTo(table: string): Connection;
  /** By another role with these rights, which has the name of the first one until it is changed by `grants`. */
  writer(attributes: string, ...grants: string[]): Promise<Partial<Connection>>;
}

type Serve = (socket: Socket, port: number) => void;

export interface OutsideServer {
  port: number;
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A server of this machine that does with each connection what the test wants. */
export async function startServer(serve: Serve, host = '127.0.0.1'): Promise<OutsideServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => undefined));
    serve(socket, (server.address() as AddressInfo).port);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The PostgreSQL of the tests, which listens on a socket of the file system. The connection ends with that of the client. */
export function toPostgres(client: Socket): Socket {
  const url = new URL(process.env['TEST_DATABASE_ADMIN_URL'] as string);
  const folder = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const postgres = createConnection(join(folder, '.s.PGSQL.5432')).on('error', () => undefined);
  client.on('close', () => postgres.destroy());
  return postgres;
}

/** Serves PostgreSQL as it is. */
export const plainly: Serve = (socket) => void socket.pipe(toPostgres(socket)).pipe(socket);

/** Serves PostgreSQL as a server with a certificate of `localhost` does. */
export const encrypted: Serve = (socket) => {
  socket.once('data', () => {
    socket.write('S');
    const secured = new TLSSocket(socket, { isServer: true, ...localhostCertificate() });
    secured.on('error', () => undefined);
    secured.pipe(toPostgres(socket)).pipe(secured);
  });
};

/** A database of its own, with the table `sales.orders`. */
export async function createOutsideDatabase(port: number): Promise<OutsideDatabase> {
  const created = await createDatabase();
  const database = new URL(created.url).pathname.slice(1);
  const reader = `reader_${randomBytes(4).toString('hex')}`;
  const roles = [reader];
  const createRole = async (name: string, attributes: string): Promise<void> => {
    await created.query(`CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}' ${attributes}`);
    await created.query(`GRANT CONNECT ON DATABASE ${database} TO ${name}`);
    await created.query(`GRANT USAGE ON SCHEMA sales TO ${name}`);
    await created.query(`GRANT SELECT ON ALL TABLES IN SCHEMA sales TO ${name}`);
  };
  await created.query('CREATE SCHEMA sales');
  await created.query(`CREATE TABLE sales.orders (
    order_id integer, "Order Date" date, paid_at timestamptz, amount numeric(10,2), is_new boolean, note text)`);
  await created.query(`INSERT INTO sales.orders VALUES
    (1, '2024-01-02', '2024-01-02 12:30:00+02', 3.50, true, 'plain'),
    (2, '2024-02-03', '2024-02-03 00:00:00+00', 80, false, E'two\\nlines, "quoted"'),
    (3, '2024-03-04', NULL, NULL, NULL, '')`);
  await createRole(reader, '');
  return {
    ...created,
    connectionTo: (table) => ({
      host: '127.0.0.1',
      port,
      database,
      user: reader,
      password: PASSWORD,
      table,
      ssl: 'disable',
    }),
    writer: async (attributes, ...grants) => {
      const name = `writer_${randomBytes(4).toString('hex')}`;
      roles.push(name);
      await createRole(name, attributes);
      for (const grant of grants)
        await created.query(grant.replaceAll('WRITER', name).replaceAll('DATABASE_NAME', database));
      return { user: name };
    },
    drop: async () => {
      for (const role of roles) await created.query(`DROP OWNED BY ${role}`);
      for (const role of roles) await created.query(`DROP ROLE ${role}`);
      await created.drop();
    },
  };
}
