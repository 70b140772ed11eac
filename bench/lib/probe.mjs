import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../scripts/lib/failure.mjs';

/**
 * @typedef {object} Waits
 * @property {number} longestMs
 * @property {number} requests
 * @property {number} failed requests without a response
 */

/**
 * A caller in a separate process, which requests one address repeatedly over one connection and records the longest wait. Work of
 * the benchmark itself does not delay it.
 */
export class Probe {
  #child = fork(fileURLToPath(new URL('probe-process.mjs', import.meta.url)), { detached: true });

  /** @param {(closer: () => unknown) => void} defer */
  constructor(defer) {
    defer(() => this.#child.kill('SIGKILL'));
  }

  /**
   * Starts calling; resolves after the first response.
   *
   * @param {string} url
   * @returns {Promise<Waits>}
   */
  begin(url) {
    return this.#ask({ url });
  }

  /**
   * Stops after the current call.
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
