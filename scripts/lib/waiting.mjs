import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls the function repeatedly until it returns something other than undefined.
 *
 * @template T
 * @param {() => T | undefined | Promise<T | undefined>} ask
 * @param {{ timeoutMs: number, everyMs?: number, signal?: AbortSignal }} options
 * @returns {Promise<T | undefined>} undefined after the timeout; rejects when the signal is aborted
 */
export async function poll(ask, { timeoutMs, everyMs = 25, signal }) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= deadline) return undefined;
    await sleep(everyMs, undefined, { signal });
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>} resolves when the signal is aborted
 */
export function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * @param {Promise<unknown>} promise
 * @param {number} timeoutMs
 * @param {AbortSignal} [signal] gives up early
 * @returns {Promise<boolean>} true if the promise settled in time
 */
export async function settlesWithin(promise, timeoutMs, signal) {
  const enough = new AbortController();
  const giveUp = AbortSignal.any(signal ? [signal, enough.signal] : [enough.signal]);
  const timeout = sleep(timeoutMs, false, { signal: giveUp }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    enough.abort();
  }
}
