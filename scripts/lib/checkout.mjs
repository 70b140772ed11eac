import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, Failure } from './failure.mjs';
import { shortName, waitForLock } from './lock.mjs';
import { say, step } from './progress.mjs';
import { runTool } from './tool.mjs';

/** The folder with package.json. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The downloads that tests and homes outside the checkout share. */
export const CHECKOUT_CACHE = join(ROOT, '.parlance/cache');

const INSTALL_FAILED =
  'The dependencies could not be installed. Check the network and the npm registry (npm ping), then start again.';
const BUILD_FAILED =
  'The build failed. Fix the errors above; if you changed nothing, delete the folders dist and node_modules and start again.';
const COUNT_EVERY_MS = 1_000;

const BUILD_RECORD = join(ROOT, 'dist/.parlance-build');
const BUILD_INPUTS = /^(src|migrations|esbuild\.config\.js|nest-cli\.json|package(-lock)?\.json|tsconfig.*\.json)$/;

/**
 * Installs the dependencies and optionally builds the server, each only when needed. Two concurrent commands in a fresh
 * checkout do this once.
 *
 * @param {{ build: boolean, signal: AbortSignal }} options
 */
export async function prepareCheckout({ build, signal }) {
  const onWait = (/** @type {number | undefined} */ pid) =>
    say(`waiting for process ${pid ?? '(unknown)'}, which installs or builds here`);
  const release = await waitForLock(shortName(realpathSync(ROOT)), { onWait, signal });
  try {
    if (!isInstalled()) await install(signal);
    if (build) await buildIfNeeded(signal);
  } finally {
    release();
  }
}

/**
 * npm keeps its own record of the installed packages, and writes it last. So that record is compared with the lock file:
 * an interrupted `npm ci` is detected, and a developer's `npm install` is not repeated.
 *
 * @returns {boolean}
 */
function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  if (!wanted) throw new Failure('package-lock.json is missing. Restore it from the repository.');
  const installed = packagesIn('node_modules/.package-lock.json');
  if (!installed) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true;
    const found = installed[path];
    // Optional packages may be for other machines.
    if (!found) return Boolean(optional || devOptional);
    return found.version === version && found.integrity === integrity;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }> |
 *   undefined}
 */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw new Failure(`${file} cannot be read (${codeOf(error)}).`, { cause: error });
  }
}

/** @param {AbortSignal} signal */
async function install(signal) {
  const first = !existsSync(join(ROOT, 'node_modules'));
  const text = `installing dependencies (${first ? 'first time only' : 'package-lock.json has changed'})`;
  // The build needs the development packages, which NODE_ENV=production would omit.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  await step(text, async (update) => {
    const wanted = Object.keys(packagesIn('package-lock.json') ?? {}).filter(Boolean);
    const timer = setInterval(() => update(`${countInstalled(wanted)} of ${wanted.length} packages`), COUNT_EVERY_MS);
    try {
      await npm(args, INSTALL_FAILED, signal);
    } finally {
      clearInterval(timer);
    }
  });
}

/**
 * Some optional packages are for other machines, so the final count may be slightly below the total.
 *
 * @param {string[]} packages their folders
 * @returns {number} number of packages that npm has unpacked
 */
function countInstalled(packages) {
  return packages.filter((folder) => existsSync(join(ROOT, folder, 'package.json'))).length;
}

/** @param {AbortSignal} signal */
async function buildIfNeeded(signal) {
  const fingerprint = fingerprintOf(BUILD_INPUTS);
  if (existsSync(BUILD_RECORD) && readFileSync(BUILD_RECORD, 'utf8') === fingerprint) return;
  await step('building', () => npm(['run', 'build'], BUILD_FAILED, signal));
  writeFileSync(BUILD_RECORD, fingerprint);
}

/**
 * @param {string[]} args
 * @param {string} failure
 * @param {AbortSignal} signal
 */
function npm(args, failure, signal) {
  // Under `npm start` this is the path of the running npm.
  const self = process.env.npm_execpath;
  const [command, ...first] = self && basename(self) === 'npm-cli.js' ? [process.execPath, self] : ['npm'];
  return runTool(command, [...first, ...args], { failure, cwd: ROOT, signal });
}

/**
 * @param {RegExp} topLevel matches the files and folders of the checkout to include
 * @returns {string}
 */
function fingerprintOf(topLevel) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    const entries = readdirSync(join(ROOT, path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (path === '' && !topLevel.test(entry.name)) continue;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) add(inside);
      else
        hash
          .update(`${inside}\0`)
          .update(readFileSync(join(ROOT, inside)))
          .update('\0');
    }
  };
  add('');
  return hash.digest('hex');
}
