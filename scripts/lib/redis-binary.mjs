import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadPackages } from './apt-download.mjs';
import { Failure } from './failure.mjs';
import { shortName, waitForLock } from './lock.mjs';

/** @typedef {{ command: string, libraryPath: string }} RedisBinary libraryPath: for LD_LIBRARY_PATH, may be empty */

const OLDEST_REDIS = { major: 6, minor: 2 };

/**
 * A real Redis, from the first place that has one: this machine, our cache, or Debian's archive, which fills the cache
 * without root.
 *
 * @param {string} cache a folder that several homes may share
 * @param {{ step?: import('./progress.mjs').Progress['step'], signal?: AbortSignal }} options
 * @returns {Promise<RedisBinary>}
 */
export async function redisBinary(cache, { step = (_text, work) => work(() => {}), signal }) {
  const installed = ['redis-server', 'valkey-server'].map(onMachine).find(works);
  if (installed) return installed;
  const folder = join(cache, 'redis');
  const cached = inFolder(folder);
  if (works(cached)) return cached;

  mkdirSync(cache, { recursive: true });
  const release = await waitForLock(shortName(realpathSync(cache)), { signal });
  try {
    // Another process may have filled it in the meantime.
    if (!works(inFolder(folder))) {
      await step('downloading Redis, which is not installed here (first time only)', () => fill(folder, signal));
    }
  } finally {
    release();
  }
  const fetched = inFolder(folder);
  if (!works(fetched)) throw missing();
  return fetched;
}

/**
 * @param {string} folder
 * @param {AbortSignal} [signal]
 */
async function fill(folder, signal) {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  try {
    await downloadPackages(['redis-server'], draft, signal);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (signal?.aborted || !(error instanceof Failure)) throw error;
    throw missing(error.output);
  }
}

/** @param {string} [output] */
function missing(output) {
  const sentence =
    'Redis is neither installed nor could it be downloaded. ' +
    'Install it with `apt-get install redis-server`, or set REDIS_URL.';
  return new Failure(sentence, { output });
}

/**
 * @param {string} name
 * @returns {RedisBinary}
 */
function onMachine(name) {
  return { command: name, libraryPath: '' };
}

/**
 * @param {string} folder folder with the unpacked packages
 * @returns {RedisBinary}
 */
function inFolder(folder) {
  const files = existsSync(folder) ? /** @type {string[]} */ (readdirSync(folder, { recursive: true })) : [];
  const libraries = files.filter((file) => /\.so\.\d+$/.test(file)).map((file) => dirname(join(folder, file)));
  return { command: join(folder, 'usr/bin/redis-server'), libraryPath: [...new Set(libraries)].join(':') };
}

/** @param {RedisBinary} binary */
function works({ command, libraryPath }) {
  const env = { ...process.env, ...(libraryPath ? { LD_LIBRARY_PATH: libraryPath } : {}) };
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', env });
  const [, major = 0, minor = 0] = /v=(\d+)\.(\d+)/.exec(stdout ?? '')?.map(Number) ?? [];
  return major > OLDEST_REDIS.major || (major === OLDEST_REDIS.major && minor >= OLDEST_REDIS.minor);
}
