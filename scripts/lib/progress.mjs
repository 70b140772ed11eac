const CLEAR_LINE = '\r\x1b[K';
/** Shorter steps are reported without their time. */
const NOTABLE_SECONDS = 2;
const LIVE_EVERY_MS = 500;
const PLAIN_EVERY_MS = 5_000;

/**
 * @typedef {(detail: string) => void} Update reports the progress of a step, such as "3 of 31 migrations"
 *
 * @typedef {object} Progress
 * @property {(line: string) => void} say
 * @property {<T>(text: string, work: (update: Update) => Promise<T>) => Promise<T>} step
 */

/**
 * Shows the progress of a command. At a terminal the last line is updated in place. In a file or a pipe there are plain
 * lines: one at the start of a step, one every few seconds, and one at its end if it took long.
 *
 * @param {object} options
 * @param {(text: string) => unknown} options.write
 * @param {boolean} options.isLive
 * @param {() => number | undefined} [options.width] columns of the terminal: a line that wraps cannot be updated in place
 * @param {number} [options.everyMs]
 * @returns {Progress}
 */
export function createProgress({
  write,
  isLive,
  width = () => undefined,
  everyMs = isLive ? LIVE_EVERY_MS : PLAIN_EVERY_MS,
}) {
  /** Shows the state of the running step; for nested steps, the innermost. */
  let draw = () => {};

  /** @param {string} line */
  const say = (line) => {
    write(`${isLive ? CLEAR_LINE : ''}• ${line}\n`);
    if (isLive) draw();
  };

  /** @type {Progress['step']} */
  const step = async (text, work) => {
    const startedAt = Date.now();
    let detail = '';
    const state = () => {
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      return [...(detail ? [detail] : []), ...(seconds >= NOTABLE_SECONDS ? [`${seconds} s`] : [])].join(', ');
    };
    const outer = draw;
    draw = () => {
      if (!isLive) return write(`  ${text}: ${state() || 'running'}\n`);
      const columns = width();
      write(CLEAR_LINE + `• ${text}… ${state()}`.slice(0, columns && columns - 1));
    };
    if (isLive) draw();
    else say(`${text}…`);
    const timer = setInterval(() => draw(), everyMs);
    try {
      const result = await work((now) => (detail = now));
      draw = outer;
      const end = state();
      if (isLive) say(`${text}${end ? `: ${end}` : ''}`);
      else if (end) write(`  ${text}: done, ${end}\n`);
      return result;
    } catch (error) {
      // The message about it begins on a line of its own.
      if (isLive) write('\n');
      throw error;
    } finally {
      clearInterval(timer);
      draw = outer;
    }
  };
  return { say, step };
}

export const { say, step } = createProgress({
  write: (text) => process.stdout.write(text),
  isLive: process.stdout.isTTY,
  width: () => process.stdout.columns,
});
