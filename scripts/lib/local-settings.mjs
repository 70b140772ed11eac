import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './checkout.mjs';
import { codeOf, Failure } from './failure.mjs';
import { shortName } from './lock.mjs';
import { postgresService } from './postgres.mjs';
import { findMarked } from './processes.mjs';

/**
 * The data addresses and the secret of the server that `npm start` runs here. Environment variables take precedence, as they
 * do for `npm start`.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ DATABASE_URL: string, REDIS_URL: string, APP_SECRET: string }}
 */
export function settingsOf({ PARLANCE_HOME, DATABASE_URL, REDIS_URL, APP_SECRET }) {
  if (DATABASE_URL && REDIS_URL && APP_SECRET) return { DATABASE_URL, REDIS_URL, APP_SECRET };
  const home = resolve(ROOT, PARLANCE_HOME || '.parlance');
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
    REDIS_URL: REDIS_URL || `unix://${socketFolder}/redis.sock`,
    APP_SECRET: APP_SECRET || secrets.appSecret,
  };
}

/**
 * @param {string} marker
 * @returns {string | undefined} from the command line of the running PostgreSQL
 */
function socketFolderOf(marker) {
  const lines = findMarked(marker, ['postgres']).map(({ commandLine }) => commandLine);
  return lines.flatMap((line) => /\0unix_socket_directories=([^\0]+)/.exec(line)?.[1] ?? []).at(0);
}

/**
 * @param {string} home
 * @returns {import('./home.mjs').Secrets}
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
  return new Failure(`No server runs with the data in ${home}. Start it with npm start first.`);
}
