import { Failure } from './failure.mjs';

/**
 * @typedef {object} Command arguments of the body of a command
 * @property {AbortSignal} signal aborted when the command should end: every wait must respect it
 * @property {AbortSignal} hurry aborted when the user asks a second time
 * @property {(closer: () => unknown) => void} defer closers run at the end, latest first
 */

/** npm also passes the terminal's Ctrl-C to this process, so one key press arrives twice within milliseconds. */
const SAME_KEY_PRESS_MS = 500;

const PARENT_CHECK_MS = 500;

/** Lines of a failed step's output. */
const SHOWN_LINES = 40;

const SIGNAL_NUMBERS = /** @type {const} */ ({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 });

/**
 * Runs a command to its orderly end, whether it is done, failed or interrupted. Then exits the process.
 *
 * @param {(command: Command) => Promise<number>} body resolves with the exit code
 * @param {{ exitCodeWhenInterrupted?: (signalNumber: number) => number }} [options]
 */
export async function runCommand(body, { exitCodeWhenInterrupted = () => 0 } = {}) {
  const end = new AbortController();
  const hurry = new AbortController();
  /** @type {Array<() => unknown>} */
  const closers = [];
  let interruptedBy = 0;
  let interruptedAt = 0;

  /** @param {number} signalNumber */
  const interrupt = (signalNumber) => {
    if (!end.signal.aborted) {
      interruptedBy = signalNumber;
      interruptedAt = Date.now();
      end.abort();
    } else if (Date.now() - interruptedAt > SAME_KEY_PRESS_MS) {
      hurry.abort();
    }
  };
  for (const [name, number] of Object.entries(SIGNAL_NUMBERS)) process.on(name, () => interrupt(number));
  onceNpmIsGone(() => interrupt(SIGNAL_NUMBERS.SIGTERM));
  // A closed terminal must not prevent stopping the processes that were started.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  let exitCode = 0;
  /** @param {() => unknown} step */
  const attempt = async (step) => {
    try {
      await step();
    } catch (error) {
      if (!end.signal.aborted) exitCode = report(error);
    }
  };
  await attempt(async () => {
    exitCode = await body({ signal: end.signal, hurry: hurry.signal, defer: (closer) => closers.push(closer) });
  });
  for (const closer of closers.reverse()) await attempt(closer);
  process.exit(interruptedBy ? exitCodeWhenInterrupted(interruptedBy) : exitCode);
}

/**
 * npm passes SIGTERM only to its shell, which dies without notifying this process.
 *
 * @param {() => void} callback
 */
function onceNpmIsGone(callback) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, PARENT_CHECK_MS);
  timer.unref();
}

/**
 * @param {string} output
 * @returns {string} its last lines: the error is at the end
 */
function endOf(output) {
  const lines = output.split('\n');
  if (lines.length <= SHOWN_LINES) return output;
  return [`(the last ${SHOWN_LINES} of ${lines.length} lines)`, ...lines.slice(-SHOWN_LINES)].join('\n');
}

/**
 * @param {unknown} error
 * @returns {number} the exit code
 */
function report(error) {
  if (!(error instanceof Failure)) {
    console.error(error);
    return 1;
  }
  if (error.output.trim()) console.error(`${endOf(error.output.trimEnd())}\n`);
  console.error(error.message);
  return error.exitCode;
}
