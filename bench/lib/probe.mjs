import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../scripts/lib/failure.mjs';

/**
 * @typedef {object} Waits
 * @property {number} longestMs
 * @property {number} requests
 * @property {number} failed requests that had no answer
 */

/**
 * A caller in a process of its own, which asks one address again and again over one connection and notes the longest wait. What
 * the benchmark itself does at the same time does not hold it up.
 */
export class Probe {
  #child = fork(fileURLToPath(new URL('probe-process.mjs', import.meta.url)), { detached: true });

  /** @param {(closer: () => unknown) => void} defer */
  constructor(defer) {
    defer(() => this.#child.kill('SIGKILL'));
  }

  /**
   * Begins to call, and resolves once a first answer was there.
   *
   * @param {string} url
   * @returns {Promise<Waits>}
   */
  begin(url) {
    return this.#ask({ url });
  }

  /**
   * Ends it with the call that is under way.
   *
   * @returns {Promise<Waits>}
   */
  end() {
    return this.#ask({ end: true });
  }

  /**
   * @param {object} message
   * @returns {Promise<Waits>}
   */
  #ask(message) {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Failure('The process of the parallel caller ended early.'));
      this.#child.once('exit', onExit);
      this.#child.once('message', (/** @type {Waits} */ waits) => {
        this.#child.off('exit', onExit);
        resolve(waits);
      });
      this.#child.send(message);
    });
  }
}
