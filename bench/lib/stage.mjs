import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { CHECKOUT_CACHE, ROOT } from '../../scripts/lib/checkout.mjs';
import { Failure } from '../../scripts/lib/failure.mjs';
import { startServices } from '../../scripts/lib/services.mjs';
import { runTool } from '../../scripts/lib/tool.mjs';
import { tell } from './report.mjs';
import { startProcess } from './server.mjs';

/**
 * @typedef {import('./server.mjs').Server} Server
 *
 * @typedef {object} Stage the environment of the benchmark's parts
 * @property {boolean} quick
 * @property {() => Promise<string>} createDatabase creates a migrated database; returns its address
 * @property {(databaseUrl: string, variables?: NodeJS.ProcessEnv) => Promise<Server>} startApi
 * @property {(databaseUrl: string) => Promise<Server>} startWorker
 * @property {(script: string, env?: NodeJS.ProcessEnv) => Promise<Server>} startHelper a script of bench/
 * @property {(databaseUrl: string) => NodeJS.ProcessEnv} environmentOf environment of a server on that database
 */

/**
 * Starts a separate PostgreSQL and Redis, as durable as in production, in a folder that is deleted at the end.
 *
 * @param {import('../../scripts/lib/command.mjs').Command} command
 * @param {{ quick: boolean }} options
 * @returns {Promise<Stage>}
 */
export async function openStage({ signal, defer }, { quick }) {
  if (!existsSync(join(ROOT, 'dist/main.js'))) throw new Failure('There is no built server: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'parlance-bench-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  tell('starting PostgreSQL and Redis');
  const home = join(folder, 'home');
  const services = await startServices({
    home,
    cache: process.env.PARLANCE_CACHE ?? CHECKOUT_CACHE,
    log: tell,
    signal,
  });
  defer(services.stop);

  const environment = (/** @type {string} */ databaseUrl) => ({
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    REDIS_URL: services.redisUrl,
    REDIS_KEY_PREFIX: new URL(databaseUrl).pathname.slice(1),
    APP_SECRET: 'a-secret-for-the-benchmark-and-nothing-else',
    // The server is measured, not its limits.
    LIMIT_ADDRESS: '1000000000',
    LIMIT_SIGN_IN: '1000000000',
    LOG_LEVEL: 'info',
  });
  let count = 0;
  /** @param {string} script @param {Omit<Parameters<typeof startProcess>[1], 'log'>} options */
  const start = async (script, options) => {
    signal.throwIfAborted();
    const server = await startProcess(script, { ...options, log: join(folder, `server-${(count += 1)}.log`) });
    defer(server.stop);
    return server;
  };

  return {
    quick,
    async createDatabase() {
      const name = `bench_${(count += 1)}`;
      await query(/** @type {string} */ (services.adminUrl), `CREATE DATABASE ${name} OWNER parlance`);
      const url = new URL(services.databaseUrl);
      url.pathname = `/${name}`;
      const failure = 'The database could not be migrated.';
      const env = environment(url.href);
      await runTool(process.execPath, [join(ROOT, 'dist/migrate.js')], { failure, env, signal });
      return url.href;
    },
    startApi: (databaseUrl, variables) =>
      start(join(ROOT, 'dist/main.js'), { env: { ...environment(databaseUrl), ...variables } }),
    startWorker: (databaseUrl) =>
      start(join(ROOT, 'dist/main.worker.js'), { env: environment(databaseUrl), listens: false }),
    environmentOf: environment,
    startHelper: (script, env = {}) =>
      start(join(ROOT, 'bench', script), { env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env } }),
  };
}

/**
 * @param {string} url
 * @param {string} sql
 * @returns {Promise<Record<string, unknown>[]>} rows of the last statement
 */
export async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Several statements have several results.
    return [await client.query(sql)].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}
