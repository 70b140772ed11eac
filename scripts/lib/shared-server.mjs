import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from './app.mjs';
import { Failure } from './failure.mjs';

const LAST_WORDS_CHARACTERS = 4_000;

/**
 * @typedef {object} SharedServer
 * @property {{ TEST_SHARED_URL: string, TEST_SHARED_DATABASE_URL: string }} env environment for the tests
 * @property {() => Promise<void>} stop
 * @property {Promise<Failure>} lost resolves when it ends
 *
 * Starts the server shared by all tests that do not need their own, see `sharedApp` in test/harness.
 *
 * @param {object} options
 * @param {NodeJS.ProcessEnv} options.env addresses of the tests' services
 * @param {string} options.logs folder for its log
 * @param {AbortSignal} options.signal
 * @param {AbortSignal} options.hurry
 * @param {(closer: () => unknown) => void} options.defer
 * @returns {Promise<SharedServer>}
 */
export async function startSharedServer({ env, logs, signal, hurry, defer }) {
  // Loaded late: a fresh checkout has no packages yet.
  const { createDatabase } = await import('../../test/harness/database.mjs');
  const { testEnvironment } = await import('../../test/harness/variables.mjs');
  // Not dropped: its tables are searched for secrets after the server has ended.
  const { url: databaseUrl } = await createDatabase(false, env);
  const variables = testEnvironment({
    PATH: env.PATH,
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '16',
    REDIS_URL: env.TEST_REDIS_URL,
    WORKER_INLINE: 'true',
    TRUST_PROXY: '1',
    LOG_LEVEL: 'trace',
  });

  const logFile = join(logs, 'shared-server.log');
  const log = openSync(logFile, 'a');
  /** @type {Array<() => Promise<void>>} */
  const closers = [];
  const stop = async () => {
    for (const close of closers.splice(0)) await close();
  };
  defer(stop);
  try {
    const app = await startApp(variables, {
      marker: logs,
      output: log,
      signal,
      hurry,
      defer: (close) => closers.push(close),
    });
    return {
      env: { TEST_SHARED_URL: app.url, TEST_SHARED_DATABASE_URL: databaseUrl },
      stop,
      lost: app.lost.then(({ message, exitCode }) => {
        const output = readFileSync(logFile, 'utf8').slice(-LAST_WORDS_CHARACTERS);
        return new Failure(`The tests lost the server that they share. ${message}`, { output, exitCode });
      }),
    };
  } finally {
    closeSync(log);
  }
}
