import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './checkout.mjs';
import { Failure } from './failure.mjs';
import { describeExit, exitCodeOf, findMarked, run, stop, stopFound } from './processes.mjs';
import { say } from './progress.mjs';
import { signalGroup } from './tool.mjs';

/** The server needs far less; without a limit V8 delays garbage collection and does not release memory. */
export const HEAP_LIMIT = '--max-old-space-size=512';

/**
 * @typedef {import('./processes.mjs').Running} Running
 * @typedef {object} App
 * @property {string} url
 * @property {Promise<Failure>} lost resolves when it ends
 */

/** Time for running requests to finish before the process ends. */
const DRAIN_WITHIN_MS = 30_000;
const STOP_ORPHAN_WITHIN_MS = 10_000;

/**
 * Migrates and seeds.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @param {import('./progress.mjs').Update} [update]
 * @returns {Promise<string | null>} the demo API key if it was just created
 */
export async function prepareDatabase(env, signal, update = () => {}) {
  signal.throwIfAborted();
  const preparing = run(process.execPath, [script('seed-demo.js')], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  preparing.child.stdout?.on('data', (chunk) => {
    output += chunk;
    // The last complete line.
    const doing = /^\{"doing":.*\}$/m.exec(output.split('\n').at(-2) ?? '');
    if (doing) update(JSON.parse(doing[0]).doing);
  });
  const closed = new Promise((resolve) => preparing.child.once('close', resolve));
  const abort = () => preparing.kill('SIGTERM');
  signal.addEventListener('abort', abort, { once: true });
  const exit = await preparing.exited;
  await closed;
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();

  const lines = output.trimEnd().split('\n');
  const failure = () =>
    new Failure(
      `The database could not be prepared (${describeExit(exit)}). The lines above say why; the data is unchanged up to the last complete migration.`,
      { output: lines.filter((line) => !line.startsWith('{"doing"')).join('\n') },
    );
  if (exit.code !== 0) throw failure();
  try {
    return JSON.parse(lines.at(-1) ?? '').api_key ?? null;
  } catch {
    throw failure();
  }
}

/**
 * Starts the server and resolves once it listens.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {object} options
 * @param {string} options.marker
 * @param {AbortSignal} options.signal
 * @param {AbortSignal} options.hurry
 * @param {(closer: () => Promise<void>) => void} options.defer receives the function that stops it, even during the start
 * @param {'inherit' | number} [options.output] destination of its log
 * @returns {Promise<App>}
 */
export async function startApp(env, { marker, signal, hurry, defer, output = 'inherit' }) {
  signal.throwIfAborted();
  const running = run(process.execPath, [HEAP_LIMIT, script('main.js'), marker], {
    cwd: ROOT,
    env,
    stdio: ['ignore', output, output, 'ipc'],
    // Detached from the terminal's Ctrl-C, which would stop it and its databases at the same time.
    detached: true,
  });
  defer(async () => {
    await stop(running, { graceMs: DRAIN_WITHIN_MS, hurry });
    signalGroup(running.pid, 'SIGKILL');
  });

  let listening = false;
  const lost = running.exited.then((exit) => {
    const when = listening ? 'The server stopped unexpectedly' : 'The server stopped before it was ready';
    return new Failure(`${when} (${describeExit(exit)}).`, { exitCode: exitCodeOf(exit) });
  });
  /** @type {string} */
  const url = await new Promise((resolve, reject) => {
    running.child.on('message', (/** @type {{ type?: string, url?: string } | null} */ message) => {
      if (message?.type === 'listening' && message.url) resolve(message.url);
    });
    void lost.then(reject);
    signal.addEventListener('abort', () => reject(new Failure('Interrupted.')), { once: true });
  });
  listening = true;
  return { url, lost };
}

/**
 * Stops a server that an earlier run of the same home left behind.
 *
 * @param {string} marker
 */
export async function stopOrphanedApp(marker) {
  const find = () => findMarked(marker, ['node', 'nodejs']);
  if (find().length === 0) return;
  say('stopping the server that a previous run left behind');
  await stopFound(find, { signal: 'SIGTERM', graceMs: STOP_ORPHAN_WITHIN_MS });
}

/** @param {string} name */
function script(name) {
  const path = join(ROOT, 'dist', name);
  if (!existsSync(path)) throw new Failure(`dist/${name} is missing. Delete the folder dist and start again.`);
  return path;
}
