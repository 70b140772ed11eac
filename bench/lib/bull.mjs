import Queue from 'bull';
import { Redis } from 'ioredis';

/**
 * A queue of Bull, by any address that Redis has: Bull itself knows no sockets.
 *
 * @param {string} name
 * @param {string} redisUrl
 */
export function openQueue(name, redisUrl) {
  /** @type {Redis[]} */
  const clients = [];
  const createClient = () => {
    const client = new Redis(redisUrl, { maxRetriesPerRequest: null, enableReadyCheck: false });
    clients.push(client);
    return client;
  };
  const queue = new Queue(name, { createClient });
  return { queue, close: () => clients.forEach((client) => client.disconnect()) };
}
