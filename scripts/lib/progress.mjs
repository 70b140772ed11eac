const CLEAR_LINE = '\r\x1b[K';
/** Shorter steps are not worth telling the time of. */
const NOTABLE_SECONDS = 2;

const live = process.stdout.isTTY;
/** What stands on the last line of the terminal and is still counting. */
let draw = () => {};

/** @param {string} line */
export function say(line) {
  console.log(`${live ? CLEAR_LINE : ''}• ${line}`);
  draw();
}

/**
 * Shows a silent step while it runs: on a terminal with the seconds counting up, elsewhere as a line before it and, if
 * it took long, one after.
 *
 * @template T
 * @param {string} text
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(text, work) {
  const startedAt = Date.now();
  const time = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    return seconds >= NOTABLE_SECONDS ? `… ${seconds} s` : '…';
  };
  if (!live) say(`${text}…`);
  else draw = () => process.stdout.write(`${CLEAR_LINE}• ${text}${time()}`);
  draw();
  const timer = live ? setInterval(() => draw(), 1000) : undefined;
  try {
    return await work();
  } finally {
    clearInterval(timer);
    draw = () => {};
    if (live) say(`${text}${time()}`);
    else if (time() !== '…') console.log(`  ${time()}`);
  }
}
