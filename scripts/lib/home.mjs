import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, Failure } from './failure.mjs';
import { shortName, tryLock } from './lock.mjs';

/**
 * The folder with all data of a running Parlance. An open home is locked for other processes.
 *
 * @typedef {{ appSecret: string, databasePassword: string, databaseAdminPassword: string }} Secrets
 * @typedef {object} Home
 * @property {string} path
 * @property {string} marker part of the command line of every process of this home
 * @property {Secrets} secrets
 * @property {() => void} close
 */

/**
 * @param {string} path
 * @returns {Promise<Home>}
 */
export async function openHome(path) {
  makeFolder(path);
  const realPath = realpathSync(path);
  const marker = shortName(realPath);
  const lock = await tryLock(marker);
  if (!lock.release) {
    const pid = lock.heldBy ? ` (process ${lock.heldBy})` : '';
    throw new Failure(`Parlance is already running with the data in ${realPath}${pid}.`);
  }
  try {
    return { path: realPath, marker, secrets: readOrMakeSecrets(realPath), close: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** @param {string} path */
function makeFolder(path) {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Failure(`The folder ${path} cannot be created (${codeOf(error)}).`, { cause: error });
  }
}

/**
 * @param {string} home
 * @returns {Secrets}
 */
function readOrMakeSecrets(home) {
  const file = join(home, 'secrets.json');
  try {
    return parseSecrets(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof SyntaxError) {
      throw new Failure(`${file} is damaged, and the data cannot be read without it. Restore it from a backup.`);
    }
    if (code !== 'ENOENT') throw new Failure(`${file} cannot be read (${code}).`, { cause: error });
  }
  if (existsSync(join(home, 'postgres'))) {
    throw new Failure(
      `${file} is missing, and the data next to it cannot be read without it. Restore it from a backup.`,
    );
  }
  return makeSecrets(file);
}

/**
 * @param {string} text
 * @returns {Secrets}
 */
function parseSecrets(text) {
  const { appSecret, databasePassword, databaseAdminPassword } = JSON.parse(text) ?? {};
  if (![appSecret, databasePassword, databaseAdminPassword].every((secret) => typeof secret === 'string' && secret)) {
    throw new SyntaxError('incomplete');
  }
  return { appSecret, databasePassword, databaseAdminPassword };
}

/**
 * @param {string} file
 * @returns {Secrets}
 */
function makeSecrets(file) {
  const secret = () => randomBytes(32).toString('base64url');
  const secrets = { appSecret: secret(), databasePassword: secret(), databaseAdminPassword: secret() };
  // Written completely before it is renamed, so that an interruption never leaves an incomplete file.
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, JSON.stringify(secrets, null, 2) + '\n', { mode: 0o600, flush: true });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  } catch (error) {
    throw new Failure(`${file} cannot be written (${codeOf(error)}).`, { cause: error });
  }
  return secrets;
}
