import { styleText } from 'node:util';

/**
 * @typedef {import('./figures.mjs').Figure} Figure
 * @typedef {{ title: string, figures: Figure[], notes?: string[], mustMeet?: boolean }} Section a part that must meet its goals fails the run
 */

const LABEL_WIDTH = 66;

/**
 * The figures of one part, as a table for people.
 *
 * @param {Section} section
 * @returns {string}
 */
export function asTable({ title, figures, notes = [] }) {
  const rows = figures.map(({ label, value, unit, goal, met }) => {
    const wanted = goal ? ('atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`) : '';
    const mark = met === undefined ? '' : met ? paint('green', '✓') : paint('red', '✗');
    return `  ${label.padEnd(LABEL_WIDTH)}${format(value).padStart(10)} ${unit.padEnd(11)}${wanted.padEnd(8)}${mark}`.trimEnd();
  });
  return [paint('bold', title), ...rows, ...notes.map((note) => paint('dim', `  ${note}`)), ''].join('\n');
}

/** @param {number} value */
function format(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

/**
 * @param {Parameters<typeof styleText>[0]} style
 * @param {string} text
 */
function paint(style, text) {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text;
}

/** Reports progress on the error stream: standard output has only figures. */
export const tell = (/** @type {string} */ line) => void process.stderr.write(`• ${line}\n`);
