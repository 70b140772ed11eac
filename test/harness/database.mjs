import { randomBytes } from 'node:crypto';
import pg from 'pg';

/**
 * @typedef {object} Queryable
 * @property {<Row>(sql: string, parameters?: unknown[]) => Promise<Row[]>} query runs SQL as the superuser, past row-level
 *   security
 *
 * @typedef {object} OwnDatabase
 * @property {string} url
 * @property {() => Promise<void>} drop
 *
 * @typedef {Queryable & OwnDatabase} TestDatabase a database of its own, copied from the migrated template
 */

/** Plans are data: a test that is not about their limits reaches none. */
export const WITHOUT_LIMITS = `UPDATE plans SET requests_per_minute = NULL, in_flight = NULL, requests_per_day = NULL,
  tokens_per_month = NULL, messages_per_month = NULL, tasks_per_month = NULL, concurrent_tasks = NULL,
  storage_mb = NULL`;

/**
 * @param {boolean} [withLimits] whether plans have the limits that they are shipped with
 * @param {NodeJS.ProcessEnv} [env] names the template and the superuser
 * @returns {Promise<TestDatabase>}
 */
export async function createDatabase(withLimits = false, env = process.env) {
  const template = /** @type {string} */ (env['TEST_DATABASE_URL']);
  const admin = /** @type {string} */ (env['TEST_DATABASE_ADMIN_URL']);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await run(admin, `CREATE DATABASE ${name} TEMPLATE ${nameIn(template)} OWNER parlance`);
  const url = renamed(template, name);
  const { query, end } = await connect(url, env);
  if (!withLimits) await query(WITHOUT_LIMITS);
  return {
    url,
    query,
    drop: async () => {
      await end();
      await run(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/**
 * A connection of the superuser to a server's database.
 *
 * @param {string} databaseUrl as the server was given it
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Queryable & { end: () => Promise<void> }>}
 */
export async function connect(databaseUrl, env = process.env) {
  const admin = /** @type {string} */ (env['TEST_DATABASE_ADMIN_URL']);
  const superuser = new pg.Client({ connectionString: renamed(admin, nameIn(databaseUrl)) });
  await superuser.connect();
  // The server ends this connection when the database is dropped.
  superuser.on('error', () => undefined);
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return {
    query: async (sql, parameters = []) => {
      // In sequence, because a connection runs one query at a time.
      const result = last.then(() => superuser.query(sql, parameters));
      last = result.catch(() => undefined);
      return (await result).rows;
    },
    end: () => superuser.end(),
  };
}

/**
 * @param {string} url
 * @param {string} sql
 */
async function run(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** @param {string} url */
const nameIn = (url) => new URL(url).pathname.slice(1);

/**
 * @param {string} url
 * @param {string} name
 */
function renamed(url, name) {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.toString();
}
