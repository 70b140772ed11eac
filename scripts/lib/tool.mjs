import { Failure } from './failure.mjs';
import { describeExit, run } from './processes.mjs';
import { settlesWithin } from './waiting.mjs';

/**
 * Runs a tool to its end silently; its output is shown only if it fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} options
 * @param {string} options.failure the sentence to report on failure
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string[]} [options.privileges]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<string>} its standard output
 */
export async function runTool(command, args, { failure, signal, ...options }) {
  signal?.throwIfAborted();
  // A separate process group, so that the tool and its children can be stopped together.
  const tool = run(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  let printed = '';
  tool.child.stdout?.on('data', (chunk) => ((output += chunk), (printed += chunk)));
  tool.child.stderr?.on('data', (chunk) => (printed += chunk));
  const abort = () => signalGroup(tool.pid, 'SIGTERM');
  signal?.addEventListener('abort', abort, { once: true });
  // Its last output may arrive after its end; a grandchild that keeps the pipe open must not block us.
  const closed = new Promise((resolve) => tool.child.once('close', resolve));
  const exit = await tool.exited;
  await settlesWithin(closed, 200);
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  if (exit.code !== 0) throw new Failure(failure, { output: printed || describeExit(exit) });
  return output;
}

/**
 * @param {number} leader process id of the group's leader
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(leader, signal) {
  try {
    if (leader) process.kill(-leader, signal);
  } catch {
    // The group is empty.
  }
}
