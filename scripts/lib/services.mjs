import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { openHome } from './home.mjs';
import { postgresService } from './postgres.mjs';
import { redisBinary } from './redis-binary.mjs';
import { redisService } from './redis.mjs';
import { serviceUser } from './service-user.mjs';
import { makeSocketFolder, removeSocketFolder } from './socket-folder.mjs';
import { supervise } from './supervisor.mjs';

/**
 * @typedef {import('./home.mjs').Home} Home
 * @typedef {import('./supervisor.mjs').Supervised} Supervised
 *
 * @typedef {object} Services
 * @property {string} databaseUrl logs in as `parlance`, owner of the database `parlance` and not a superuser
 * @property {string | undefined} adminUrl logs in as the superuser; undefined for an external database
 * @property {string} redisUrl
 * @property {() => Promise<void>} stop
 * @property {(listener: (failure: Failure) => void) => void} onExit called if a service cannot be kept running
 */

/**
 * Starts PostgreSQL and Redis and keeps them running.
 *
 * @param {object} options
 * @param {Home | string} options.home the folder, or the result of openHome()
 * @param {string} [options.cache] folder for downloads, which several homes may share
 * @param {(line: string) => void} [options.log]
 * @param {import('./progress.mjs').Progress['step']} [options.step] shows long steps; default: silent
 * @param {boolean} [options.ephemeral] fast but not durable: for data that may be lost
 * @param {boolean} [options.persistRedis]
 * @param {string} [options.databaseUrl] a PostgreSQL to use instead of starting one
 * @param {string} [options.redisUrl] a Redis to use instead of starting one
 * @param {AbortSignal} [options.signal] cancels the start
 * @returns {Promise<Services>}
 */
export async function startServices({
  home: homeOrPath,
  cache,
  log = () => {},
  step = (_text, work) => work(() => {}),
  ephemeral = false,
  persistRedis = !ephemeral,
  databaseUrl,
  redisUrl,
  signal,
}) {
  if (databaseUrl && redisUrl) {
    return { databaseUrl, redisUrl, adminUrl: undefined, stop: async () => {}, onExit: () => {} };
  }
  if (process.platform !== 'linux') {
    throw new Failure(
      'The built-in PostgreSQL and Redis run on Linux only. On other systems set DATABASE_URL and REDIS_URL.',
    );
  }
  /** @type {Array<() => unknown>} */
  const closers = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const home = typeof homeOrPath === 'string' ? await openHome(homeOrPath) : homeOrPath;
    if (home !== homeOrPath) closers.push(home.close);
    const binary = redisUrl ? undefined : await redisBinary(cache ?? join(home.path, 'cache'), { step, signal });
    const user = serviceUser(join(home.path, 'postgres'));
    const socketFolder = makeSocketFolder(home.marker, user);
    closers.push(() => removeSocketFolder(socketFolder));

    const postgres = databaseUrl ? undefined : postgresService({ home, socketFolder, user, ephemeral });
    const redis = binary && redisService({ home, socketFolder, user, binary, persist: persistRedis });
    // Started concurrently; PostgreSQL is first in the list, so it is the last to be stopped.
    const services = [postgres, redis].filter((service) => service !== undefined);
    const results = await Promise.allSettled(services.map((service) => supervise(service, { log, signal })));
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    for (const service of started) closers.push(service.stop);
    for (const result of results) if (result.status === 'rejected') throw result.reason;

    return {
      databaseUrl: postgres?.url ?? /** @type {string} */ (databaseUrl),
      redisUrl: redis?.url ?? /** @type {string} */ (redisUrl),
      adminUrl: postgres?.adminUrl,
      stop,
      onExit(listener) {
        for (const { lost } of started) void lost.then(listener);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
