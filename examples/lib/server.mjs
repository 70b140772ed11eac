import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from './trouble.mjs';

/**
 * @typedef {{ title: string, text: string, start: number, end: number, verified: boolean }} Source
 * @typedef {{ conversation_id: string, content: string, sources: Source[], confidence: number }} Message
 */

/** The part of a client that the demo needs. */
export class Server {
  #url;
  #key;

  /**
   * @param {string} url
   * @param {string} key
   */
  constructor(url, key) {
    this.#url = url.replace(/\/+$/, '');
    this.#key = key;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async call(method, path, body) {
    return (await this.#send(method, path, body)).json();
  }

  /**
   * Asks a question and receives the answer word by word.
   *
   * @param {object} question
   * @param {(delta: string) => void} onDelta
   * @returns {Promise<Message>} the message, without its content
   */
  async stream(question, onDelta) {
    for await (const { event, data } of eventsOf(await this.#send('POST', '/api/v1/chat/stream', question))) {
      if (event === 'message') onDelta(data.delta);
      if (event === 'done') return data;
      if (event === 'error') throw new Trouble(data.detail);
    }
    throw new Trouble('The stream ended before the answer did.');
  }

  /**
   * Uploads a file.
   *
   * @param {string} path
   * @param {Uint8Array} content
   */
  async upload(path, content) {
    await this.#send('PUT', path, content);
  }

  /**
   * @param {string} url with or without the address of the server
   * @returns {Promise<Uint8Array>}
   */
  async download(url) {
    const { pathname } = new URL(url, this.#url);
    return new Uint8Array(await (await this.#send('GET', pathname)).arrayBuffer());
  }

  /**
   * The server-sent events of a stream, until it ends.
   *
   * @param {string} path
   * @returns {AsyncGenerator<{ event: string | undefined, data: any }>}
   */
  async *follow(path) {
    yield* eventsOf(await this.#send('GET', path));
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body] JSON, or bytes
   * @returns {Promise<Response>}
   */
  async #send(method, path, body) {
    const isFile = body instanceof Uint8Array;
    const type = isFile ? 'application/octet-stream' : 'application/json';
    const headers = { authorization: `Bearer ${this.#key}`, ...(body && { 'content-type': type }) };
    const request = { method, headers, ...(body && { body: isFile ? body : JSON.stringify(body) }) };
    const response = await fetch(this.#url + path, request).catch((error) => {
      throw new Trouble(`No server answers at ${this.#url}: start one with npm start.`, { cause: error });
    });
    if (response.ok) return response;
    /** @type {any} */
    const problem = await response.json().catch(() => ({}));
    if (response.status === 429 && problem.retry_after) {
      await sleep(problem.retry_after * 1000);
      return this.#send(method, path, body);
    }
    if (response.status === 401) throw new Trouble(`The server refuses PARLANCE_API_KEY: ${problem.detail}`);
    throw new Trouble(`${method} ${path} answered ${response.status}: ${problem.detail ?? 'no reason given'}`);
  }
}

/**
 * @param {Response} response
 * @returns {AsyncGenerator<{ event: string | undefined, data: any }>}
 */
async function* eventsOf(response) {
  let rest = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop() ?? '';
    // Comments keep the connection open.
    yield* events.map(parseEvent).filter(({ data }) => data);
  }
}

/** @param {string} text one server-sent event */
function parseEvent(text) {
  const event = /^event: (.*)$/m.exec(text)?.[1];
  const data = /^data: (.*)$/m.exec(text)?.[1];
  return { event, data: data && JSON.parse(data) };
}
