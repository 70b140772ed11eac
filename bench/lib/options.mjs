import { parseArgs } from 'node:util';
import { Failure } from '../../scripts/lib/failure.mjs';

/**
 * @typedef {object} Options
 * @property {string[]} only parts to run
 * @property {boolean} json
 * @property {boolean} quick shorter measurements, for a quick check: not for publishing
 */

/**
 * @param {string[]} args
 * @param {string[]} parts the existing parts
 * @param {string[]} onlyWhenNamed parts that run only if named
 * @returns {Options}
 */
export function readOptions(args, parts, onlyWhenNamed) {
  const { only, json, quick } = parse(args, parts);
  const chosen = only.split(',').filter(Boolean);
  const unknown = chosen.filter((name) => !parts.includes(name));
  if (unknown.length > 0) throw new Failure(`There is no part "${unknown.join(', ')}": choose of ${parts.join(', ')}.`);
  const isWanted = (/** @type {string} */ name) =>
    chosen.length > 0 ? chosen.includes(name) : !onlyWhenNamed.includes(name);
  return { only: parts.filter(isWanted), json, quick };
}

/** @param {string[]} args @param {string[]} parts */
function parse(args, parts) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    const usage = `Usage: npm run bench -- [--only ${parts.join(',')}] [--quick] [--json]`;
    throw new Failure(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
