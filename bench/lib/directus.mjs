import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Failure } from '../../scripts/lib/failure.mjs';
import { describeExit, run, stop } from '../../scripts/lib/processes.mjs';
import { runTool } from '../../scripts/lib/tool.mjs';
import { poll } from '../../scripts/lib/waiting.mjs';
import { Api } from './api.mjs';
import { tell } from './report.mjs';
import { query } from './stage.mjs';

/** @typedef {import('./server.mjs').Server} Server */

/** The newest version that filters rows without a licence; from version 12 a licence is required. */
export const VERSION = '11.17.4';
/** It does not run on Node 20. */
export const NODE_VERSION = '24.22.3';
const ADMIN_TOKEN = 'a-token-for-the-benchmark-and-nothing-else';
const READER_TOKEN = 'a-token-of-the-reader-in-the-benchmark';
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

/**
 * Directus from npm, in its own folder and database, which serves these rows to members of their organization.
 *
 * @param {string} databaseUrl a PostgreSQL where it may create its database
 * @param {Record<string, unknown>[]} rows the rows of Parlance
 * @param {(closer: () => unknown) => void} defer
 * @returns {Promise<Server & { headers: Record<string, string> }>}
 */
export async function startDirectus(databaseUrl, rows, defer) {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-directus-'));
  defer(() => rmSync(folder, { recursive: true, force: true }));
  tell(`peers: installing directus@${VERSION}`);
  const node = await install(folder);
  await query(databaseUrl, 'CREATE DATABASE directus');
  const database = new URL(databaseUrl);
  database.pathname = '/directus';

  tell('peers: starting Directus');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: url,
    DB_CLIENT: 'pg',
    DB_CONNECTION_STRING: database.href,
    SECRET: 'a-secret-for-the-benchmark-and-nothing-else',
    ADMIN_EMAIL: 'bench@example.com',
    ADMIN_PASSWORD: 'a long sentence for the benchmark',
    ADMIN_TOKEN,
    TELEMETRY: 'false',
    LOG_LEVEL: 'info',
  };
  const cli = join(folder, 'node_modules/directus/cli.js');
  await runTool(node, [cli, 'bootstrap'], { cwd: folder, env, failure: 'Directus could not create its tables.' });
  await createTable(database.href, rows);
  const server = await start(node, [cli, 'start'], { folder, env, url, defer });
  await allowReading(url, rows);
  return { ...server, headers: { authorization: `Bearer ${READER_TOKEN}` } };
}

/**
 * @param {string} folder
 * @returns {Promise<string>} path of the Node that runs it
 */
async function install(folder) {
  const node24 = `node-linux-${process.arch}`;
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--loglevel=error',
  ];
  const packages = [`directus@${VERSION}`, `${node24}@${NODE_VERSION}`];
  await runTool('npm', [...args, ...packages], { failure: `directus@${VERSION} cannot be installed from npm here.` });
  // A native addon that npm does not ship and a bare machine cannot build. Only flows that run scripts use it.
  writeFileSync(join(folder, 'node_modules/isolated-vm/isolated-vm.js'), 'module.exports = {};');
  return join(folder, 'node_modules', node24, 'bin/node');
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Creates the rows with the index that the list needs.
 *
 * @param {string} url
 * @param {Record<string, unknown>[]} rows
 */
async function createTable(url, rows) {
  await query(
    url,
    `CREATE TABLE conversations (
       id uuid PRIMARY KEY, organization_id uuid NOT NULL, title text, status text NOT NULL, metadata jsonb NOT NULL,
       message_count integer NOT NULL, last_message_at timestamptz, created_at timestamptz NOT NULL,
       updated_at timestamptz NOT NULL);
     CREATE INDEX ON conversations (organization_id, id);
     INSERT INTO conversations
       SELECT * FROM json_populate_recordset(NULL::conversations, ${pg.escapeLiteral(JSON.stringify(rows))});
     ANALYZE conversations`,
  );
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {{ folder: string, env: NodeJS.ProcessEnv, url: string, defer: (closer: () => unknown) => void }} options
 * @returns {Promise<Server>}
 */
async function start(node, args, { folder, env, url, defer }) {
  const log = join(folder, 'directus.log');
  const output = openSync(log, 'a');
  const running = run(node, args, { cwd: folder, env, stdio: ['ignore', output, output] });
  closeSync(output);
  const server = { url, pid: running.pid, stop: () => stop(running, { graceMs: STOP_WITHIN_MS }) };
  defer(server.stop);
  const ended = running.exited.then(describeExit);
  const isReady = () =>
    fetch(`${url}/server/ping`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    );
  const ready = await Promise.race([poll(isReady, { timeoutMs: READY_WITHIN_MS }), ended]);
  if (ready === true) return server;
  throw new Failure(`Directus did not start (${ready ?? 'it does not answer'}).`, {
    output: readFileSync(log, 'utf8'),
  });
}

/**
 * Creates a user with a token, whose policy allows reading the rows of one organization.
 *
 * @param {string} url
 * @param {Record<string, unknown>[]} rows
 */
async function allowReading(url, rows) {
  const admin = new Api(url, ADMIN_TOKEN);
  const { body } = await admin.post('/policies', { name: 'Readers', admin_access: false, app_access: false });
  const policy = body.data.id;
  await admin.post('/permissions', {
    policy,
    collection: 'conversations',
    action: 'read',
    fields: ['*'],
    permissions: { organization_id: { _eq: rows[0]?.organization_id } },
  });
  await admin.post('/users', {
    email: 'reader@example.com',
    token: READER_TOKEN,
    policies: { create: [{ policy }], update: [], delete: [] },
  });
}
