import { closeSync, openSync, readFileSync } from 'node:fs';
import { HEAP_LIMIT } from '../../scripts/lib/app.mjs';
import { Failure } from '../../scripts/lib/failure.mjs';
import { describeExit, run, stop } from '../../scripts/lib/processes.mjs';

/**
 * @typedef {object} Server a process that the benchmark started
 * @property {string} url empty if it does not listen
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

const STOP_WITHIN_MS = 15_000;

/**
 * Starts a Node script with its output in a log file, as an operator would. Resolves once it reports over IPC that it
 * listens.
 *
 * @param {string} script
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.log the log file
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
  // Relevant only during the start: later the failing calls report it.
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

// The kernel's unit of processor time, on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;

/**
 * @param {number} pid
 * @returns {number} processor time used by all its threads, in seconds
 */
export function cpuSecondsOf(pid) {
  // The second field, the name in brackets, may contain blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/**
 * @param {number} pid
 * @returns {number} resident memory in MiB
 */
export function residentMebibytesOf(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
