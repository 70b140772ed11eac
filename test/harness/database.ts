import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database of its own, copied from the migrated template. */
export interface TestDatabase {
  url: string;
  /** Runs SQL as the superuser, past row-level security. */
  query<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Plans are data: a test that is not about their limits runs into none. */
export const WITHOUT_LIMITS = `UPDATE plans SET requests_per_minute = NULL, in_flight = NULL, requests_per_day = NULL,
  tokens_per_month = NULL, messages_per_month = NULL, tasks_per_month = NULL, storage_mb = NULL`;

/** @param withLimits whether plans have the limits that they are shipped with */
export async function createDatabase(withLimits = false): Promise<TestDatabase> {
  const template = process.env['TEST_DATABASE_URL'] as string;
  const admin = process.env['TEST_DATABASE_ADMIN_URL'] as string;
  const name = `test_${randomBytes(6).toString('hex')}`;
  await run(admin, `CREATE DATABASE ${name} TEMPLATE ${nameIn(template)} OWNER parlance`);
  const superuser = new Client({ connectionString: renamed(admin, name) });
  await superuser.connect();
  // The server ends this connection when the database is dropped.
  superuser.on('error', () => undefined);
  if (!withLimits) await superuser.query(WITHOUT_LIMITS);
  let last: Promise<unknown> = Promise.resolve();
  return {
    url: renamed(template, name),
    query: async <Row>(sql: string, parameters: unknown[] = []) => {
      // One after the other, as a connection takes them.
      const result = last.then(() => superuser.query(sql, parameters));
      last = result.catch(() => undefined);
      return (await result).rows as Row[];
    },
    drop: async () => {
      await superuser.end();
      await run(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

const nameIn = (url: string): string => new URL(url).pathname.slice(1);

function renamed(url: string, name: string): string {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.toString();
}
