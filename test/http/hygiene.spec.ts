import { connect, type Socket } from 'node:net';
import { request } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/platform/errors/index.js';
import { allScopes } from '../../src/identity/permissions/index.js';
import { readConfig } from '../../src/platform/config/index.js';
import type { TestClient } from '../harness/client.js';
import { testEnvironment } from '../harness/variables.mjs';
import { PASSWORD, register, withKey } from '../harness/fixtures.js';
import { openStream, startStandInApp, type StandInApp } from '../harness/stand-in.js';
import { expectProblem } from '../harness/expectations.js';

const PAGE = 'https://app.example.com';

let app: StandInApp;
let program: TestClient;
beforeAll(async () => {
  app = await startStandInApp({ CORS_ORIGINS: `${PAGE},http://localhost:5173` });
  const { session } = await register(app.client);
  program = await withKey(session, allScopes);
  for (let n = 0; n < 20; n += 1) await program.post('/api/v1/conversations', { title: `Conversation ${n}` });
});
afterAll(() => app.close());

describe('a page of another origin', () => {
  const preflight = (origin: string, path = '/api/v1/chat'): Promise<Response> =>
    fetch(app.client.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, idempotency-key',
      },
    });

  it('may call if its origin is listed, with credentials', async () => {
    for (const origin of [PAGE, 'http://localhost:5173']) {
      const { status, headers } = await preflight(origin);
      expect({ status, origin: headers.get('access-control-allow-origin') }).toEqual({ status: 204, origin });
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('access-control-allow-methods')).toBe('GET,HEAD,POST,PUT,PATCH,DELETE');
      expect(headers.get('access-control-allow-headers')).toBe('authorization, content-type, idempotency-key');
      expect(headers.get('access-control-max-age')).toBe('600');
      expect(headers.get('vary')).toMatch(/\bOrigin\b/);
    }
  });

  it.each(['https://evil.example', `${PAGE}.evil.example`, 'http://app.example.com', `${PAGE}:8443`, 'null', '*'])(
    'may not from %s',
    async (origin) => {
      const answers = [
        await preflight(origin),
        await fetch(`${app.client.url}/health`, { headers: { origin } }),
        await program.fetch('GET', '/api/v1/conversations', { headers: { origin } }),
      ];
      for (const { headers } of answers) {
        expect(headers.get('access-control-allow-origin')).toBeNull();
        expect(headers.get('vary')).toMatch(/\bOrigin\b/);
      }
    },
  );

  it('may read the relevant headers, of responses and of errors', async () => {
    const calls = [
      await program.get('/api/v1/conversations', { headers: { origin: PAGE } }),
      await app.client.get('/api/v1/conversations', { headers: { origin: PAGE } }),
      await program.post('/api/v1/chat', '{', { headers: { origin: PAGE } }),
    ];
    expect(calls.map(({ status }) => status)).toEqual([200, 401, 400]);
    for (const { headers } of calls) {
      expect(headers.get('access-control-allow-origin')).toBe(PAGE);
      const exposed = headers.get('access-control-expose-headers')?.toLowerCase().split(',');
      const standard =
        /^(cache-control|access-control-|cross-origin|content-(type|length|encoding)|vary|date|connection|keep-alive)/;
      const policies = /^(strict-transport|x-frame|x-content-type|referrer|transfer-encoding)/;
      const sent = [...headers.keys()].filter((name) => !standard.test(name) && !policies.test(name));
      expect(sent.filter((name) => !exposed?.includes(name))).toEqual([]);
      expect(exposed).toEqual(expect.arrayContaining(['idempotency-replayed', 'api-version', 'retry-after']));
    }
  });

  it('receives the methods of a path for an OPTIONS request that is no preflight', async () => {
    const options = (path: string, headers: Record<string, string>): Promise<Response> =>
      fetch(app.client.url + path, { method: 'OPTIONS', headers });
    const asked: Record<string, string>[] = [{}, { origin: PAGE }, { 'access-control-request-method': 'POST' }];
    for (const headers of asked) {
      const { status, headers: received } = await options('/api/v1/chat', headers);
      expect({ status, allow: received.get('allow') }).toEqual({ status: 204, allow: 'POST, OPTIONS' });
      expect((await options('/nothing', headers)).status).toBe(404);
    }
    expect((await options('/api/v1/chat', { origin: PAGE })).headers.get('access-control-allow-origin')).toBe(PAGE);
  });

  it.each(['*', 'app.example.com', `${PAGE}/`, `${PAGE}/path`, `${PAGE},*`])(
    'stops the start if its origin is given as %s',
    (value) => {
      expect(() => readConfig(testEnvironment({ CORS_ORIGINS: value }))).toThrow(/ {2}CORS_ORIGINS: must be origins/);
    },
  );
});

describe('every response', () => {
  it.each(['/health', '/api/v1/conversations', '/nothing', '/docs'])('has its security headers: %s', async (path) => {
    const { headers } = await app.client.get(path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringMatching(/^max-age=\d{8}/),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(headers.has('x-powered-by')).toBe(false);
  });
});

describe('a response', () => {
  interface Raw {
    headers: IncomingHttpHeaders;
    body: Buffer;
  }

  const get = async (path: string, encodings?: string): Promise<Raw> => {
    const call = request(app.client.url + path, {
      headers: { authorization: `Bearer ${program.token}`, ...(encodings && { 'accept-encoding': encodings }) },
    }).end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return { headers: answer.headers, body: Buffer.concat(chunks) };
  };
  const LIST = '/api/v1/conversations';

  it.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ] as const)('is compressed with %s if the client accepts it', async (encoding, decompress) => {
    const plain = await get(LIST);
    const { headers, body } = await get(LIST, encoding);
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers.vary).toMatch(/accept-encoding/i);
    expect(body.length).toBeLessThan(plain.body.length / 3);
    expect(decompress(body)).toEqual(plain.body);
  });

  it.each([undefined, 'identity', 'zstd', 'gzip;q=0'])('is not compressed for %s', async (encodings) => {
    const { headers, body } = await get(LIST, encodings);
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers.vary).toMatch(/accept-encoding/i);
  });

  it('is not compressed if it is small', async () => {
    expect((await get('/health', 'gzip, br')).headers['content-encoding']).toBeUndefined();
  });

  it('is not compressed if it is a stream of events: each arrives immediately', async () => {
    app.model.script = { pieces: ['x'.repeat(2_000), 'y'.repeat(2_000)] };
    const reader = await openStream(program, { message: 'Is it plain?' });
    expect(reader.response.headers.get('content-encoding')).toBeNull();
    expect((await reader.rest()).at(-1)?.event).toBe('done');
  });
});

describe('a cacheable response', () => {
  const ofCache = ({ headers }: { headers: Headers }): string | null => headers.get('cache-control');

  it('contains no secret and no private data, and is not an error', async () => {
    const { email, session } = await register(app.client);
    const key = { name: 'Kept by nobody', scopes: ['knowledge:read'] };
    const answers = [
      await app.client.post('/auth/login', { email, password: PASSWORD }),
      await session.post('/api/v1/api-keys', key),
      await session.get('/auth/me'),
      await program.get('/api/v1/conversations'),
      await app.client.get('/auth/me'),
      await app.client.get('/api/v1/nowhere'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 200, 200, 401, 404]);
    expect(answers.map(ofCache)).toEqual(answers.map(() => 'no-store'));
  });

  it('is public and says so', async () => {
    expect(ofCache(await app.client.get('/oauth/jwks'))).toBe('public, max-age=300');
  });
});

describe('an invalid request', () => {
  /** Sends these bytes and returns the response up to the end of the connection. */
  async function exchange(...pieces: string[]): Promise<string> {
    const { hostname, port } = new URL(app.client.url);
    const socket: Socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    for (const piece of pieces) socket.write(piece);
    return text(socket);
  }

  function expectRaw(answer: string, code: ErrorCode): void {
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const [statusLine = '', ...lines] = head.split('\r\n');
    const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]));
    expect(headers.get('connection')).toBe('close');
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
    expectProblem({ status: Number(statusLine.split(' ')[1]), headers, body: JSON.parse(body) as unknown }, code);
  }

  it.each([
    ['garbage', '\x16\x03\x01\x02\x00\x01\r\n\r\n'],
    ['a header without a name', 'GET /health HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
    ['a blank before the colon', 'GET /health HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['two lengths', 'POST /api/v1/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'],
    [
      'a length beside chunks',
      'POST /api/v1/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('is a problem: %s', async (_name, bytes) => {
    expectRaw(await exchange(bytes), 'BAD_REQUEST');
  });

  it('is a problem: headers larger than 16 KiB', async () => {
    expectRaw(
      await exchange(`GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`),
      'HEADERS_TOO_LARGE',
    );
  });

  it('is a problem: headers that arrive too slowly', async () => {
    const server = app.nest.getHttpServer();
    const { headersTimeout } = server;
    server.headersTimeout = 100;
    try {
      expectRaw(await exchange('GET /health HTTP/1.1\r\nHost: x\r\nX-Slow'), 'REQUEST_TIMEOUT');
    } finally {
      server.headersTimeout = headersTimeout;
    }
  });

  it('is a problem: a body that arrives too slowly', async () => {
    const server = app.nest.getHttpServer();
    const { requestTimeout, headersTimeout } = server;
    Object.assign(server, { requestTimeout: 100, headersTimeout: 100 });
    try {
      const credential = `Authorization: Bearer ${program.token}\r\n`;
      const head = `POST /api/v1/chat HTTP/1.1\r\nHost: x\r\n${credential}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
      expectRaw(await exchange(head, '{"message'), 'REQUEST_TIMEOUT');
    } finally {
      Object.assign(server, { requestTimeout, headersTimeout });
    }
  });

  it('does not affect the response before it', async () => {
    const answer = await exchange('GET /health HTTP/1.1\r\nHost: x\r\n\r\n', 'rubbish\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 (200 OK|400 Bad Request)\r\n/);
    expect((await app.client.get('/health')).status).toBe(200);
  });

  it('has explicit time limits', () => {
    const { headersTimeout, requestTimeout, keepAliveTimeout } = app.nest.getHttpServer();
    expect({ headersTimeout, requestTimeout, keepAliveTimeout }).toEqual({
      headersTimeout: 15_000,
      requestTimeout: 120_000,
      keepAliveTimeout: 75_000,
    });
  });
});
