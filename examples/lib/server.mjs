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
    const response = await this.#send('POST', '/api/v1/chat/stream', question);
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop() ?? '';
      for (const { event, data } of events.map(parseEvent)) {
        if (event === 'message') onDelta(data.delta);
        if (event === 'done') return data;
        if (event === 'error') throw new Trouble(data.detail);
      }
    }
    throw new Trouble('The stream ended before the answer did.');
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<Response>}
   */
  async #send(method, path, body) {
    const headers = { authorization: `Bearer ${this.#key}`, ...(body && { 'content-type': 'application/json' }) };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
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

/** @param {string} text one server-sent event */
function parseEvent(text) {
  const event = /^event: (.*)$/m.exec(text)?.[1];
  const data = /^data: (.*)$/m.exec(text)?.[1];
  return { event, data: data && JSON.parse(data) };
}
