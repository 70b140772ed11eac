import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';

/**
 * A lock that cannot go stale: it listens on an abstract Unix socket (Linux), which the kernel closes when the process ends
 * for any reason. A process that finds it taken can query the holder's process id and wait for its end.
 *
 * @typedef {{ release: () => void, heldBy?: undefined } | { heldBy: number | undefined, release?: undefined }} Attempt
 */

const ANSWER_WITHIN_MS = 1000;

/**
 * @param {string} path a file or folder
 * @returns {string} a short, stable name for it
 */
export function shortName(path) {
  return `parlance-${createHash('sha256').update(path).digest('hex').slice(0, 8)}`;
}

/**
 * @param {string} name
 * @returns {Promise<Attempt>}
 */
export async function tryLock(name) {
  const release = await listen(name);
  return release ? { release } : { heldBy: await holderOf(name) };
}

/**
 * @param {string} name
 * @param {{ onWait?: (pid: number | undefined) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<() => void>} release
 */
export async function waitForLock(name, { onWait, signal } = {}) {
  for (let told = false; ; told = true) {
    signal?.throwIfAborted();
    const attempt = await tryLock(name);
    if (attempt.release) return attempt.release;
    if (!told) onWait?.(attempt.heldBy);
    await holderGone(name, signal);
  }
}

/**
 * @param {string} name
 * @returns {Promise<(() => void) | undefined>}
 */
function listen(name) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.unref();
      socket.write(`${process.pid}\n`);
      void released.then(() => socket.destroy());
    });
    /** @type {() => void} */
    let announce = () => {};
    const released = new Promise((done) => (announce = () => done(undefined)));
    server.on('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(`\0${name}`, () => {
      server.unref();
      resolve(() => {
        server.close();
        announce();
      });
    });
  });
}

/**
 * @param {string} name
 * @returns {Promise<number | undefined>}
 */
function holderOf(name) {
  return new Promise((resolve) => {
    const socket = connect(`\0${name}`);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('data', (pid) => {
      resolve(Number(pid));
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(undefined));
  });
}

/**
 * @param {string} name
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function holderGone(name, signal) {
  return new Promise((resolve) => {
    const socket = connect(`\0${name}`);
    const abort = () => socket.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    socket.on('error', () => {});
    socket.on('close', () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    socket.resume();
  });
}
