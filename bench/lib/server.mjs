import { closeSync, openSync, readFileSync } from 'node:fs';
import { HEAP_LIMIT } from '../../scripts/lib/app.mjs';
import { Failure } from '../../scripts/lib/failure.mjs';
import { describeExit, run, stop } from '../../scripts/lib/processes.mjs';

/**
 * @typedef {object} Server a process of ours
 * @property {string} url empty for one that does not listen
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

const STOP_WITHIN_MS = 15_000;

/**
 * Starts a script of node, its output going to a file as an operator would have it, and resolves once it says over IPC
 * where it listens.
 *
 * @param {string} script
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.log the file
 * @param {boolean} [options.listens]
 * @returns {Promise<Server>}
 */
export async function startProcess(script, { env, log, listens = true }) {
  const output = openSync(log, 'a');
  const running = run(process.execPath, [HEAP_LIMIT, script], { env, stdio: ['ignore', output, output, 'ipc'] });
  closeSync(output);
  const ended = running.exited.then((exit) => {
    throw new Failure(`${script} ended early (${describeExit(exit)}).`, { output: readFileSync(log, 'utf8') });
  });
  // Heard of only while it starts: later on, the calls that fail tell.
  ended.catch(() => undefined);
  /** @type {Promise<string>} */
  const listening = new Promise((resolve) => {
    running.child.on('message', (/** @type {{ url?: string }} */ { url }) => url && resolve(url));
  });
  return {
    url: listens ? await Promise.race([listening, ended]) : '',
    pid: running.pid,
    stop: () => stop(running, { graceMs: STOP_WITHIN_MS }),
  };
}

// What the kernel counts processor time in, on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/**
 * @param {number} pid
 * @returns {number} seconds of processor time that all its threads have used
 */
export function cpuSecondsOf(pid) {
  // The second field, the name in brackets, may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/**
 * @param {number} pid
 * @returns {number} resident memory
 */
export function residentMebibytesOf(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
