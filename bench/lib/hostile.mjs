import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

/**
 * @typedef {object} Call a request through Node's client
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string | string[]>} [headers]
 * @property {string | Buffer} [body]
 *
 * @typedef {object} RawCall raw bytes, for requests that no client would send
 * @property {string | Buffer} raw
 * @property {number} [holdMs] how long the connection stays open if the server does not close it
 *
 * @typedef {object} Outcome
 * @property {string} status status of the response, or the reason why there is none
 * @property {number} ms
 * @property {number} bytes bytes of the response
 */

/**
 * Sends calls, a fixed number concurrently, and starts none after the time limit.
 *
 * @param {string} url
 * @param {(Call | RawCall)[]} calls
 * @param {{ crowd: number, withinMs: number }} options
 * @returns {Promise<Outcome[]>}
 */
export async function send(url, calls, { crowd, withinMs }) {
  const agent = new Agent({ keepAlive: true, maxSockets: crowd });
  const deadline = performance.now() + withinMs;
  /** @type {Outcome[]} */
  const outcomes = [];
  let next = 0;
  const work = async () => {
    for (let call = calls[next++]; call && performance.now() < deadline; call = calls[next++]) {
      const left = Math.max(1, deadline - performance.now());
      outcomes.push(await ('raw' in call ? sendRaw(url, call, left) : sendCall(url, call, agent, left)));
    }
  };
  await Promise.all(Array.from({ length: crowd }, work));
  agent.destroy();
  return outcomes;
}

/**
 * @param {string} url
 * @param {Call} call
 * @param {Agent} agent
 * @param {number} withinMs
 * @returns {Promise<Outcome>}
 */
function sendCall(url, { method, path, headers = {}, body = '' }, agent, withinMs) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let [bytes, status] = [0, ''];
    const end = (/** @type {string} */ how) => {
      clearTimeout(timer);
      resolve({ status: how, bytes, ms: performance.now() - startedAt });
    };
    const length = Buffer.byteLength(body);
    const request = httpRequest(url, {
      method,
      path,
      agent,
      headers: {
        ...(length > 0 && { 'content-type': 'application/json', 'content-length': String(length) }),
        ...headers,
      },
    });
    request.once('response', (response) => {
      status = String(response.statusCode);
      response.on('data', (chunk) => (bytes += chunk.length));
      response.once('end', () => end(status));
      response.once('error', () => end(`${status} broken off`));
    });
    request.on('error', () => end(status || 'closed'));
    const timer = setTimeout(() => {
      end('given up');
      request.destroy();
    }, withinMs);
    request.end(body);
  });
}

/**
 * @param {string} url
 * @param {RawCall} call
 * @param {number} withinMs
 * @returns {Promise<Outcome>}
 */
function sendRaw(url, { raw, holdMs = 2_000 }, withinMs) {
  const startedAt = performance.now();
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let bytes = 0;
    let status = '';
    const socket = connect(Number(port), hostname, () => socket.write(raw));
    const timer = setTimeout(() => socket.destroy(), Math.min(holdMs, withinMs));
    socket.on('data', (chunk) => {
      status ||= /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? '';
      bytes += chunk.length;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve({ status: status || 'held', bytes, ms: performance.now() - startedAt });
    });
  });
}
