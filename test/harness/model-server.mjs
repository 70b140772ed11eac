import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A stand-in for an OpenAI-compatible model server: `POST /v1/chat/completions`, whole or streamed, and `GET /v1/models`, as
 * in the OpenAI API reference. A script defines its responses and failures.
 *
 * @typedef {object} Script
 * @property {Iterable<string> | AsyncIterable<string>} [pieces] the answer, one chunk of the stream each
 * @property {number} [delayMs] before each piece
 * @property {{ prompt: number, completion: number }} [usage] the usage to report
 * @property {number} [status]
 * @property {string} [body] sent instead of a completion, for any request
 * @property {string} [contentType] of `body`, or of the stream
 * @property {'before-headers' | 'mid-stream' | 'after-body'} [hang] sends nothing more after that point
 * @property {Record<string, string>} [headers] additional ones of a response without a completion
 * @property {string} [finishReason] `stop` by default
 * @property {boolean} [drop] closes the connection without a response
 * @property {'cut' | 'unfinished'} [end] after the pieces: closes the connection, or ends without a finish reason
 *
 * @typedef {object} ModelRequest
 * @property {string} path
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {any} body parsed from JSON
 * @property {boolean} aborted whether the client disconnected before the end of its response
 * @property {number} piecesSent
 * @property {Promise<void>} closed
 * @property {() => void} cut closes its connection
 */

const USAGE = { prompt: 11, completion: 7 };

/** Pieces that a test passes one by one while the stream is running. */
export class Tap {
  /** @type {string[]} */
  #pieces = [];
  #ended = false;
  #wake = () => {};

  /** @param {string} piece */
  push(piece) {
    this.#pieces.push(piece);
    this.#wake();
  }

  end() {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.#ended) return;
      else await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
    }
  }
}

export class ModelServer {
  /** @type {ModelRequest[]} the calls for completions so far */
  requests = [];
  /** @type {string[]} what `GET /v1/models` lists */
  models = ['stand-in'];
  /** The default response. @type {Script | ((request: ModelRequest) => Script)} */
  script = { pieces: ['Hello', ' from', ' the', ' stand-in.'] };

  /** @param {import('node:http').Server} server */
  constructor(server) {
    this.server = server;
    server.on('request', (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** The value for MODEL_BASE_URL. */
  get url() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.server.address());
    return `http://127.0.0.1:${port}/v1`;
  }

  /** The last call for a completion. */
  get lastRequest() {
    const request = this.requests.at(-1);
    if (!request) throw new Error('the model server has not been asked anything');
    return request;
  }

  async close() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /**
   * @param {import('node:http').IncomingMessage} incoming
   * @param {import('node:http').ServerResponse} response
   */
  async #serve(incoming, response) {
    const { method, url = '/' } = incoming;
    if (method === 'GET' && url.split('?', 1)[0] === '/v1/models') {
      const data = this.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' }));
      return sendJson(response, 200, { object: 'list', data });
    }
    if (method !== 'POST' || url.split('?', 1)[0] !== '/v1/chat/completions')
      return sendError(response, 404, `Unknown URL ${url}`);

    let text = '';
    for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
    /** @type {ModelRequest} */
    const request = {
      path: url,
      headers: incoming.headers,
      body: JSON.parse(text),
      aborted: false,
      piecesSent: 0,
      closed: new Promise((resolve) => {
        response.once('close', () => {
          request.aborted = !response.writableFinished;
          resolve();
        });
      }),
      cut: () => response.destroy(),
    };
    this.requests.push(request);
    const { model, messages } = request.body;
    if (typeof model !== 'string' || !Array.isArray(messages) || messages.length === 0) {
      return sendError(response, 400, 'model and messages are required');
    }
    const script = typeof this.script === 'function' ? this.script(request) : this.script;
    await answer(request, response, script);
  }
}

/** Starts a model server on a port of its own, or on the given one. */
export async function startModelServer(port = 0) {
  const server = createServer();
  const modelServer = new ModelServer(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return modelServer;
}

/**
 * @param {ModelRequest} request
 * @param {import('node:http').ServerResponse} response
 * @param {Script} script
 */
async function answer(request, response, script) {
  const { pieces = [], delayMs = 0, usage = USAGE, status = 200, body, contentType, headers, hang, end } = script;
  const { finishReason = 'stop' } = script;
  if (script.drop) {
    response.destroy();
    return;
  }
  if (hang === 'before-headers') return;
  if (body !== undefined) {
    response.writeHead(status, { 'Content-Type': contentType ?? 'application/json', ...headers });
    if (hang === 'after-body') response.write(body);
    else response.end(body);
    return;
  }
  if (status !== 200) return sendError(response, status, 'The server had an error while processing your request');

  const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: request.body.model };
  const wireUsage = {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
  };
  if (!request.body.stream) {
    let content = '';
    for await (const piece of pieces) content += piece;
    const choice = { index: 0, message: { role: 'assistant', content }, logprobs: null, finish_reason: finishReason };
    return sendJson(response, 200, { ...head, object: 'chat.completion', choices: [choice], usage: wireUsage });
  }

  const withUsage = request.body.stream_options?.include_usage === true;
  /** @param {object} delta @param {string | null} reason */
  const chunk = (delta, reason = null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    ...(withUsage && { usage: null }),
  });
  /** @param {object} data */
  const send = async (data) => {
    if (!response.write(`data: ${JSON.stringify(data)}\n\n`) && !response.destroyed) {
      await Promise.race([once(response, 'drain'), request.closed]);
    }
  };
  response.writeHead(200, { 'Content-Type': contentType ?? 'text/event-stream', 'Cache-Control': 'no-cache' });
  response.flushHeaders();
  await send(chunk({ role: 'assistant', content: '' }));
  for await (const piece of pieces) {
    if (delayMs > 0) await pause(delayMs);
    if (response.destroyed) return;
    await send(chunk({ content: piece }));
    request.piecesSent += 1;
  }
  if (hang === 'mid-stream') return;
  if (end === 'cut') {
    // Not before the written bytes have been sent.
    response.write('', () => response.destroy());
    return;
  }
  if (end !== 'unfinished') {
    await send(chunk({}, finishReason));
    if (withUsage) await send({ ...head, object: 'chat.completion.chunk', choices: [], usage: wireUsage });
    response.write('data: [DONE]\n\n');
  }
  response.end();
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {object} body
 */
function sendJson(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} message
 */
function sendError(response, status, message) {
  sendJson(response, status, { error: { message, type: 'server_error', param: null, code: null } });
}
