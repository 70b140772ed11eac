import { Agent, request } from 'node:http';
import { Failure } from '../../scripts/lib/failure.mjs';

const CONNECTIONS = 64;

/** Many callers with different addresses behind one proxy. Unlike in a load test, a refusal is a valid response. */
export class Crowd {
  #agent = new Agent({ keepAlive: true });

  /**
   * Sends one concurrent request per connection, to the servers in turn.
   *
   * @param {string[]} urls
   * @param {string[]} addresses address of the caller of each request
   * @returns {Promise<number>} number of admitted requests
   */
  async count(urls, addresses) {
    let next = 0;
    let passed = 0;
    const call = async () => {
      while (next < addresses.length) {
        const index = next++;
        const status = await this.#status(String(urls[index % urls.length]), String(addresses[index]));
        if (status === 200) passed += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, call));
    return passed;
  }

  close() {
    this.#agent.destroy();
  }

  /**
   * @param {string} url
   * @param {string} address
   * @returns {Promise<number>} 200, or the status of the refusal
   */
  #status(url, address) {
    return new Promise((resolve, reject) => {
      const call = request(url, { agent: this.#agent, headers: { 'x-forwarded-for': address } }, (response) => {
        const status = response.statusCode ?? 0;
        response.resume().once('end', () => resolve(status));
        if (response.headers['x-parlance-degraded']) reject(new Failure('The limiter decided without Redis.'));
        if (status !== 200 && status !== 429) reject(new Failure(`${url} answered ${status}.`));
      });
      call.on('error', reject);
      call.end();
    });
  }
}

/**
 * Distinct addresses.
 *
 * @param {number} network 0-255
 * @param {number} count up to 65,536
 * @returns {string[]}
 */
export const addressesOf = (network, count) =>
  Array.from({ length: count }, (_, index) => `10.${network}.${index >> 8}.${index & 255}`);
