import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../scripts/lib/failure.mjs';

/**
 * @typedef {object} Load
 * @property {string} url
 * @property {Record<string, string>} [headers]
 * @property {string} [body] body of a POST, each with its own Idempotency-Key
 * @property {number} [seconds]
 * @property {number} [amount] number of requests, instead of seconds
 *
 * @typedef {object} LoadResult
 * @property {number} requests
 * @property {number} perSecond
 * @property {number} p50Ms
 * @property {number} p99Ms
 *
 * @typedef {(load: Load) => Promise<LoadResult>} RunLoad
 */

/**
 * Starts autocannon in a separate process, so that it does not share an event loop.
 *
 * @param {(closer: () => unknown) => void} defer
 * @returns {RunLoad}
 */
export function startLoad(defer) {
  const child = fork(fileURLToPath(new URL('load-process.mjs', import.meta.url)), { detached: true });
  defer(() => child.kill('SIGKILL'));
  return (load) =>
    new Promise((resolve, reject) => {
      const onExit = () => reject(new Failure('The process that runs autocannon ended early.'));
      child.once('exit', onExit);
      child.once('message', (/** @type {LoadResult | { problem: string }} */ result) => {
        child.off('exit', onExit);
        if ('problem' in result) reject(new Failure(result.problem));
        else resolve(result);
      });
      child.send(load);
    });
}
