import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { poll, settlesWithin } from './waiting.mjs';

/**
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, error?: Error }} Exit
 * @typedef {object} Running a child process
 * @property {number} pid 0 if it could not be started; then `exited` has the reason
 * @property {import('node:child_process').ChildProcess} child
 * @property {Promise<Exit>} exited
 * @property {boolean} alive
 * @property {(signal: NodeJS.Signals) => void} kill
 */

const KILLED_WITHIN_MS = 5000;

const SETPRIV = '/usr/bin/setpriv';
export const hasSetpriv = existsSync(SETPRIV);

/**
 * Starts a program that cannot outlive this process: if this process is killed with SIGKILL, the kernel sends it SIGTERM.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { privileges?: string[] }} options privileges: for setpriv
 * @returns {Running}
 */
export function run(command, args, { privileges = [], ...options }) {
  const child = hasSetpriv
    ? spawn(SETPRIV, [...privileges, '--pdeathsig', 'TERM', '--', command, ...args], options)
    : spawn(command, args, options);
  /** @type {Promise<Exit>} */
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
  });
  return {
    child,
    exited,
    pid: child.pid ?? 0,
    get alive() {
      return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
    },
    kill: (signal) => void child.kill(signal),
  };
}

/**
 * @param {Exit} exit
 * @returns {string} such as 'exit code 1' or 'SIGKILL'
 */
export function describeExit({ code, signal, error }) {
  return error?.message ?? signal ?? `exit code ${code}`;
}

/**
 * @param {Exit} exit
 * @returns {number} as a shell would report it, but never 0
 */
export function exitCodeOf({ code, signal }) {
  if (signal) return 128 + constants.signals[signal];
  return code || 1;
}

/**
 * @param {Running} running
 * @param {{ signal?: NodeJS.Signals, graceMs: number, hurry?: AbortSignal }} options
 */
export async function stop(running, { signal = 'SIGTERM', graceMs, hurry }) {
  if (!running.alive) return;
  running.kill(signal);
  if (await settlesWithin(running.exited, graceMs, hurry)) return;
  running.kill('SIGKILL');
  await running.exited;
}

/**
 * @typedef {{ pid: number, commandLine: string }} Found
 * @param {string} marker
 * @param {string[]} programs
 * @returns {Found[]} processes of these programs with the marker on their command line. A zombie has no command line, and an
 *   unrelated process with a reused id has another one, so neither is included.
 */
export function findMarked(marker, programs) {
  const found = [];
  for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
    const commandLine = commandLineOf(pid);
    if (pid !== process.pid && commandLine.includes(marker) && programs.some((name) => isProgram(name, commandLine))) {
      found.push({ pid, commandLine });
    }
  }
  return found;
}

/**
 * @param {number} pid
 * @returns {string} arguments end with NUL; empty for a zombie or an ended process
 */
export function commandLineOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * @param {string} name
 * @param {string} commandLine may have been rewritten: 'postgres: checkpointer', '/bin/redis-server unixsocket:/tmp/…'
 */
export function isProgram(name, commandLine) {
  const [first = ''] = commandLine.split('\0', 1);
  return first === name || first.endsWith(`/${name}`) || first.startsWith(`${name}: `) || first.includes(`${name} `);
}

/**
 * @param {() => Found[]} find
 * @param {{ signal: NodeJS.Signals, graceMs: number, choose?: (found: Found) => boolean }} options choose: the processes that
 *   are sent the signal; the others are expected to follow
 */
export async function stopFound(find, { signal, graceMs, choose = () => true }) {
  const first = find();
  // A dying process loses its command line before it releases its files and ports.
  const allGone = () => (find().length === 0 && first.every(({ pid }) => hasEnded(pid)) ? true : undefined);
  sendSignal(first.filter(choose), signal);
  if (await poll(allGone, { timeoutMs: graceMs })) return;
  sendSignal(find(), 'SIGKILL');
  await poll(allGone, { timeoutMs: KILLED_WITHIN_MS });
}

/**
 * @param {number} pid
 * @returns {boolean} also true for a zombie, which holds nothing once its last thread has ended
 */
function hasEnded(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^State:\s+[ZX]/m.test(status) && /^Threads:\s+[01]$/m.test(status);
  } catch {
    return true;
  }
}

/**
 * @param {Found[]} processes
 * @param {NodeJS.Signals} signal
 */
function sendSignal(processes, signal) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended in the meantime.
    }
  }
}
