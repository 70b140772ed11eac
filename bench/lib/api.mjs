import { Agent, request as httpRequest } from 'node:http';
import { Failure } from '../../scripts/lib/failure.mjs';

/**
 * @typedef {object} Answer
 * @property {any} body
 * @property {number} ms from sending the request to the last byte of the response
 */

/** A client of one server with persistent connections, light enough for measurements. */
export class Api {
  #agent = new Agent({ keepAlive: true });

  /**
   * @param {string} url
   * @param {string} [token]
   */
  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  /** @param {string} token */
  as(token) {
    return new Api(this.url, token);
  }

  /** @returns {Record<string, string>} */
  get headers() {
    return { 'content-type': 'application/json', ...(this.token && { authorization: `Bearer ${this.token}` }) };
  }

  /** @param {string} path */
  get(path) {
    return this.#call('GET', path);
  }

  /**
   * @param {string} path
   * @returns {Promise<string>} the raw body
   */
  async text(path) {
    let text = '';
    for await (const chunk of await this.#open('GET', path)) text += chunk;
    return text;
  }

  /**
   * @param {string} path
   * @param {object} body
   * @param {Record<string, string>} [headers]
   */
  post(path, body, headers) {
    return this.#call('POST', path, body, headers);
  }

  /** @param {string} path */
  delete(path) {
    return this.#call('DELETE', path);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {Record<string, string>} [headers]
   * @returns {Promise<Answer>}
   */
  async #call(method, path, body, headers) {
    const startedAt = performance.now();
    let text = '';
    for await (const chunk of await this.#open(method, path, body, headers)) text += chunk;
    return { ms: performance.now() - startedAt, body: text && JSON.parse(text) };
  }

  /**
   * Reads a stream of server-sent events to its end.
   *
   * @param {string} path
   * @param {object} body
   * @param {string} sign text in the awaited event
   * @returns {Promise<number>} milliseconds until that event arrived
   */
  async timeToEvent(path, body, sign) {
    const startedAt = performance.now();
    let seen = '';
    let ms = NaN;
    for await (const chunk of await this.#open('POST', path, body)) {
      seen += chunk;
      if (Number.isNaN(ms) && seen.includes(sign)) ms = performance.now() - startedAt;
    }
    if (Number.isNaN(ms)) throw new Failure(`The stream of ${path} held no ${sign}.`, { output: seen });
    return ms;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {Record<string, string>} [further]
   * @returns {Promise<import('node:http').IncomingMessage>}
   */
  #open(method, path, body, further) {
    return new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body);
      const headers = {
        ...this.headers,
        ...further,
        ...(text && { 'content-length': String(Buffer.byteLength(text)) }),
      };
      const request = httpRequest(this.url + path, { method, headers, agent: this.#agent }, (response) => {
        response.setEncoding('utf8');
        const status = response.statusCode ?? 0;
        if (status < 300) return resolve(response);
        response.once('data', (problem) =>
          reject(new Failure(`${method} ${path} answered ${status}.`, { output: problem })),
        );
      });
      request.on('error', reject);
      request.end(text);
    });
  }
}
