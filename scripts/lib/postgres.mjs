import { join } from 'node:path';
import { codeOf, Failure } from './failure.mjs';
import { sizeOf, withLogFile, writtenSince } from './log-file.mjs';
import { postgresBinaries } from './postgres-binaries.mjs';
import { ensurePostgresData } from './postgres-data.mjs';
import { findMarked, run, stop, stopFound } from './processes.mjs';
import { poll } from './waiting.mjs';

/**
 * @typedef {import('./home.mjs').Home} Home
 * @typedef {import('./processes.mjs').Running} Running
 * @typedef {import('./service-user.mjs').ServiceUser} ServiceUser
 * @typedef {import('./supervisor.mjs').Service} Service
 */

/** Recovery after a crash may take long; a server without any output for this long is stuck. */
const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 20_000;
const STOP_ORPHAN_WITHIN_MS = 10_000;
/** The kernel may need a moment to release the resources of a killed server. */
const RETRY_FOR_MS = 15_000;
/** Excludes the messages for clients that connected too early. */
const REASON = /(?:FATAL|PANIC|postgres): +(?!the database system is )(.*)/;
const RETRIABLE = /pre-existing shared memory block|lock file ".*" already exists/;

/** On the command line instead of in postgresql.conf, so that a newer Parlance also tunes older data. */
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Compiling a plan costs more than the short queries of an API gain.
  jit: 'off',
};

/** For data that may be lost. */
const EPHEMERAL_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * @param {object} options
 * @param {Home} options.home
 * @param {string} options.socketFolder
 * @param {ServiceUser} options.user
 * @param {boolean} options.ephemeral
 * @returns {Service & { url: string, adminUrl: string }}
 */
export function postgresService({ home, socketFolder, user, ephemeral }) {
  const dataFolder = join(home.path, 'postgres');
  const logFile = join(home.path, 'postgres.log');
  const { databasePassword, databaseAdminPassword } = home.secrets;
  const adminUrl = urlOf('postgres', databaseAdminPassword, 'postgres', socketFolder);

  /** @param {AbortSignal} [signal] */
  async function start(signal) {
    const binaries = postgresBinaries();
    await stopPostgresOf(home.marker);
    await ensurePostgresData(dataFolder, { binaries, user, password: databaseAdminPassword, ephemeral, signal });
    const settings = {
      ...SETTINGS,
      ...(ephemeral ? EPHEMERAL_SETTINGS : {}),
      unix_socket_directories: socketFolder,
      cluster_name: home.marker,
    };
    const args = ['-D', dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const launch = () => startOnce({ command: binaries.postgres, args, user, logFile, adminUrl, signal });
    const running = await poll(launch, { timeoutMs: RETRY_FOR_MS, everyMs: 500, signal });
    if (!running) throw new Failure(`Another PostgreSQL server is running on ${dataFolder}. Stop it first.`);
    try {
      await ensureDatabase(adminUrl, databasePassword);
    } catch (error) {
      await stopPostgres(running);
      throw error;
    }
    return running;
  }

  return {
    name: 'PostgreSQL',
    logFile,
    url: urlOf('parlance', databasePassword, 'parlance', socketFolder),
    adminUrl,
    start,
    stop: stopPostgres,
  };
}

/** @param {Running} running */
async function stopPostgres(running) {
  // SIGINT is PostgreSQL's fast shutdown: it ends the sessions and writes all data.
  await stop(running, { signal: 'SIGINT', graceMs: STOP_WITHIN_MS });
}

/**
 * Stops the processes of an earlier run: a postmaster, or backends without one.
 *
 * @param {string} marker
 */
async function stopPostgresOf(marker) {
  await stopFound(() => findMarked(marker, ['postgres']), {
    signal: 'SIGINT',
    graceMs: STOP_ORPHAN_WITHIN_MS,
    choose: ({ commandLine }) => commandLine.includes('\0-D\0'),
  });
}

/**
 * @param {{ command: string, args: string[], user: ServiceUser, logFile: string, adminUrl: string, signal?: AbortSignal }}
 *   options
 * @returns {Promise<Running | undefined>} undefined if a retry may succeed
 */
async function startOnce({ command, args, user, logFile, adminUrl, signal }) {
  const logSize = sizeOf(logFile);
  const running = withLogFile(logFile, (log) =>
    // A separate process group, so that the terminal's Ctrl-C reaches only this process, which stops things in order.
    run(command, args, { privileges: user.privileges, stdio: ['ignore', log, log], detached: true }),
  );
  try {
    const answers = () => (running.alive ? canConnect(adminUrl) : false);
    if (await poll(answers, { timeoutMs: READY_WITHIN_MS, signal })) return running;
  } catch (error) {
    await stopPostgres(running);
    throw error;
  }
  const wasAlive = running.alive;
  await stopPostgres(running);
  const written = writtenSince(logFile, Math.min(logSize, sizeOf(logFile)));
  if (RETRIABLE.test(written)) return undefined;
  const reason = wasAlive ? 'it does not respond' : (REASON.exec(written)?.[1] ?? 'it exited immediately');
  throw new Failure(`PostgreSQL could not start: ${reason} (its log is ${logFile}).`);
}

/**
 * @param {string} url
 * @returns {Promise<true | undefined>} undefined while the server is not ready
 */
async function canConnect(url) {
  try {
    await (await connect(url)).end();
    return true;
  } catch (error) {
    if (codeOf(error) === '28P01') {
      throw new Failure(
        'The password in secrets.json does not match this database. Restore the file from the same backup as the data.',
      );
    }
    if (error instanceof Failure) throw error;
    return undefined;
  }
}

/**
 * The app logs in as `parlance`, which is not a superuser: row-level security does not apply to superusers. May be repeated.
 *
 * @param {string} adminUrl
 * @param {string} password
 */
async function ensureDatabase(adminUrl, password) {
  const client = await connect(adminUrl);
  try {
    /** @param {string} query */
    const exists = async (query) => (await client.query(query)).rowCount !== 0;
    if (!(await exists(`SELECT FROM pg_roles WHERE rolname = 'parlance'`))) {
      await client.query(`CREATE ROLE parlance LOGIN NOSUPERUSER CREATEROLE CREATEDB PASSWORD '${password}'`);
    }
    if (!(await exists(`SELECT FROM pg_database WHERE datname = 'parlance'`))) {
      await client.query('CREATE DATABASE parlance OWNER parlance');
    }
  } finally {
    await client.end();
  }
}

/** @param {string} url */
async function connect(url) {
  // Loaded late: in a fresh checkout it is not installed before.
  const { default: pg } = await import('pg').catch((error) => {
    throw new Failure('The package pg is missing: delete the folder node_modules and start again.', { cause: error });
  });
  const client = new pg.Client({ connectionString: url });
  // Without a listener, a lost connection would end this process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/**
 * @param {string} user
 * @param {string} password
 * @param {string} database
 * @param {string} socketFolder
 */
function urlOf(user, password, database, socketFolder) {
  const host = encodeURIComponent(socketFolder).replaceAll('%2F', '/');
  return `postgresql://${user}:${password}@localhost/${database}?host=${host}`;
}
