import Queue from 'bull';
import { Redis } from 'ioredis';

/**
 * A queue of Bull, by any address that Redis has: Bull itself knows no sockets.
 *
 * @param {string} name
 * @param {string} redisUrl
 */
export const openQueue = (name, redisUrl) =>
  new Queue(name, {
    createClient: () => new Redis(redisUrl, { maxRetriesPerRequest: null, enableReadyCheck: false }),
  });
