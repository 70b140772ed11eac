import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { describeExit } from './processes.mjs';

/**
 * @typedef {import('./processes.mjs').Running} Running
 * @typedef {object} Service
 * @property {string} name
 * @property {string} logFile
 * @property {(signal?: AbortSignal) => Promise<Running>} start resolves when it is ready; may be repeated
 * @property {(running: Running) => Promise<void>} stop
 *
 * @typedef {object} Supervised
 * @property {() => Promise<void>} stop
 * @property {Promise<Failure>} lost resolves if the service cannot be kept running
 */

const WINDOW_MS = 60_000;
const MOST_RESTARTS = 5;
const FIRST_PAUSE_MS = 100;

/**
 * Starts a service and restarts it whenever it ends.
 *
 * @param {Service} service
 * @param {{ log: (line: string) => void, signal?: AbortSignal }} options signal: cancels the first start
 * @returns {Promise<Supervised>}
 */
export async function supervise(service, { log, signal }) {
  /** @type {Running | undefined} */
  let running = await service.start(signal);
  const stopping = new AbortController();
  /** @type {(failure: Failure) => void} */
  let giveUp = () => {};
  /** @type {Promise<Failure>} */
  const lost = new Promise((resolve) => (giveUp = resolve));

  async function keepAlive() {
    /** @type {number[]} */
    let restarts = [];
    while (running) {
      const exit = await running.exited;
      running = undefined;
      if (stopping.signal.aborted) return;
      log(`${service.name} stopped unexpectedly (${describeExit(exit)}); starting it again`);
      while (!running) {
        restarts = restarts.filter((time) => Date.now() - time < WINDOW_MS);
        if (restarts.length >= MOST_RESTARTS) {
          giveUp(new Failure(`${service.name} keeps stopping; its log is ${service.logFile}.`));
          return;
        }
        await sleep(FIRST_PAUSE_MS * (2 ** restarts.length - 1), undefined, { signal: stopping.signal });
        restarts.push(Date.now());
        running = await service.start(stopping.signal).catch((error) => {
          if (!stopping.signal.aborted) log(error instanceof Failure ? error.message : String(error));
          return undefined;
        });
      }
    }
  }
  const watching = keepAlive().catch((error) => {
    if (!stopping.signal.aborted) giveUp(new Failure(`${service.name} was lost: ${error.message}.`, { cause: error }));
  });

  return {
    lost,
    async stop() {
      stopping.abort();
      if (running) await service.stop(running);
      await watching;
      // It may have restarted just before it was stopped.
      if (running) await service.stop(running);
    },
  };
}
