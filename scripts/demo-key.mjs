// `npm run demo:key`: makes another API key for the demo organization of the server that runs here, and prints it.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './lib/checkout.mjs';
import { runCommand } from './lib/command.mjs';
import { codeOf, Failure } from './lib/failure.mjs';
import { shortName } from './lib/lock.mjs';
import { postgresService } from './lib/postgres.mjs';
import { findMarked } from './lib/processes.mjs';
import { runTool } from './lib/tool.mjs';

const PREPARE = join(ROOT, 'dist/prepare.js');

await runCommand(async ({ signal }) => {
  const { env } = process;
  const home = resolve(ROOT, env.PARLANCE_HOME || '.parlance');
  if (!existsSync(PREPARE)) throw nothingRuns(home);
  const output = await runTool(process.execPath, [PREPARE, '--new-key'], {
    failure: 'The key could not be made.',
    cwd: ROOT,
    env: { ...env, ...settingsOf(home, env) },
    signal,
  });
  // The key stands in the last line; warnings may come before it.
  console.log(JSON.parse(output.trimEnd().split('\n').at(-1) ?? '').api_key);
  return 0;
});

/**
 * Where the server of this home keeps its data, and its secret. What is set in the environment goes first, as it does
 * for `npm start`.
 *
 * @param {string} home
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ DATABASE_URL: string, REDIS_URL: string, APP_SECRET: string }}
 */
function settingsOf(home, { DATABASE_URL, REDIS_URL, APP_SECRET }) {
  if (DATABASE_URL && REDIS_URL && APP_SECRET) return { DATABASE_URL, REDIS_URL, APP_SECRET };
  const secrets = readSecrets(home);
  const path = realpathSync(home);
  const marker = shortName(path);
  const socketFolder = socketFolderOf(marker);
  if (!DATABASE_URL && !socketFolder) throw nothingRuns(home);
  const { url } = postgresService({
    home: { path, marker, secrets, close() {} },
    socketFolder: socketFolder ?? '',
    user: { uid: 0, privileges: [], own() {} },
    ephemeral: false,
  });
  return {
    DATABASE_URL: DATABASE_URL || url,
    // Asked for by the configuration; nothing that makes a key uses it.
    REDIS_URL: REDIS_URL || `unix://${socketFolder}/redis.sock`,
    APP_SECRET: APP_SECRET || secrets.appSecret,
  };
}

/**
 * @param {string} marker
 * @returns {string | undefined} as the running PostgreSQL was told on its command line
 */
function socketFolderOf(marker) {
  const lines = findMarked(marker, ['postgres']).map(({ commandLine }) => commandLine);
  return lines.flatMap((line) => /\0unix_socket_directories=([^\0]+)/.exec(line)?.[1] ?? []).at(0);
}

/**
 * @param {string} home
 * @returns {import('./lib/home.mjs').Secrets}
 */
function readSecrets(home) {
  const file = join(home, 'secrets.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw nothingRuns(home);
    throw new Failure(`${file} cannot be read (${codeOf(error) ?? 'it is damaged'}).`, { cause: error });
  }
}

/** @param {string} home */
function nothingRuns(home) {
  return new Failure(`No server runs with the data in ${home}: start it with npm start, then ask again.`);
}
