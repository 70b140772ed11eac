import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, Failure } from './failure.mjs';
import { commandLineOf, isProgram } from './processes.mjs';
import { runTool } from './tool.mjs';

/**
 * @typedef {import('./postgres-binaries.mjs').PostgresBinaries} PostgresBinaries
 * @typedef {import('./service-user.mjs').ServiceUser} ServiceUser
 */

/**
 * Creates the data folder on first use. Never changes a folder with content.
 *
 * @param {string} folder
 * @param {object} options
 * @param {PostgresBinaries} options.binaries
 * @param {ServiceUser} options.user
 * @param {string} options.password password of the superuser `postgres`
 * @param {boolean} options.ephemeral
 * @param {AbortSignal} [options.signal]
 */
export async function ensurePostgresData(folder, { binaries, user, password, ephemeral, signal }) {
  if (isUnused(folder)) {
    // Written completely before it is renamed: an interrupted draft contains no data.
    const draft = `${folder}.new`;
    rmSync(draft, { recursive: true, force: true });
    await initialize(draft, { binaries, user, password, ephemeral, signal });
    renameSync(draft, folder);
  }
  checkVersion(folder, binaries.majorVersion);
  removeStalePidFile(folder);
}

/** @param {string} folder */
function isUnused(folder) {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw new Failure(`The data folder ${folder} cannot be read (${codeOf(error)}).`, { cause: error });
  }
}

/**
 * @param {string} folder
 * @param {{ binaries: PostgresBinaries, user: ServiceUser, password: string, ephemeral: boolean, signal?: AbortSignal }}
 *   options
 */
async function initialize(folder, { binaries, user, password, ephemeral, signal }) {
  mkdirSync(folder, { mode: 0o700 });
  user.own(folder);
  const passwordFile = `${folder}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  user.own(passwordFile);
  const quick = ephemeral ? ['--no-sync', '--no-data-checksums'] : [];
  // Sorted by code point, the same on every machine; C.UTF-8 for libc too, so that text search recognizes all letters.
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C.UTF-8'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  try {
    await runTool(binaries.initdb, ['-D', folder, ...access, ...locale, '--no-instructions', ...quick], {
      failure: `PostgreSQL could not create its data folder ${folder}.`,
      privileges: user.privileges,
      signal,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * @param {string} folder
 * @param {number} expected
 */
function checkVersion(folder, expected) {
  const advice = 'restore it from a backup, or move it away to start with an empty one';
  let version;
  try {
    version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    throw new Failure(`The data folder ${folder} is damaged (PG_VERSION: ${codeOf(error)}): ${advice}.`);
  }
  if (!/^\d+$/.test(version)) {
    throw new Failure(`The data folder ${folder} is damaged (PG_VERSION holds no version): ${advice}.`);
  }
  if (Number(version) !== expected) {
    throw new Failure(
      `The data folder ${folder} was made by PostgreSQL ${version} and this is ${expected}: migrate it with pg_upgrade.`,
    );
  }
}

/**
 * PostgreSQL mistakes a zombie, or another program with the old process id, for a running server and refuses to start. A
 * file with the id of a real server is left for PostgreSQL to judge.
 *
 * @param {string} folder
 */
function removeStalePidFile(folder) {
  const file = join(folder, 'postmaster.pid');
  if (!statSync(file, { throwIfNoEntry: false })) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'));
  if (!(pid > 0) || !isProgram('postgres', commandLineOf(pid))) rmSync(file);
}
