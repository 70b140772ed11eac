import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../harness/client.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';

let app: RunningApp;
let account: Account;
let key: string;
beforeAll(async () => {
  app = await sharedApp();
  account = await register(app.client);
  key = (await withKey(account.session, ['conversations:read'])).token as string;
});
afterAll(() => app.close());

const PATH = '/api/v1/conversations';

/** Sends these lines unchanged, on a connection of their own. */
async function send(...lines: string[]): Promise<{ status: number; headers: string; body: Problem | undefined }> {
  const { hostname, port } = new URL(app.client.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n'));
  const [headers = '', body = ''] = (await text(socket)).split('\r\n\r\n', 2);
  const isProblem = headers.includes('application/problem+json');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(headers)?.[1]),
    headers,
    body: isProblem ? (JSON.parse(body) as Problem) : undefined,
  };
}

const GET = `GET ${PATH} HTTP/1.1`;
const HOST = 'Host: parlance.test';
const bearer = (token: string): string => `Authorization: Bearer ${token}`;

describe.each([
  ['an API key', () => key],
  ['an access token', () => account.accessToken],
])('%s', (_name, token) => {
  it.each([
    ['as RFC 6750 has it', () => bearer(token())],
    ['after several blanks', () => `Authorization: bearer   ${token()}`],
    ['in another case', () => `AUTHORIZATION: BEARER ${token()}`],
  ])('is accepted %s', async (_how, header) => {
    expect((await send(GET, HOST, header())).status).toBe(200);
  });

  it.each([
    ['with something after it', () => bearer(`${token()} junk`)],
    ['twice', () => bearer(`${token()} ${token()}`)],
    ['after something', () => bearer(`junk ${token()}`)],
    ['in a list', () => bearer(`${token()}, Bearer junk`)],
    ['with parameters', () => bearer(`${token()};realm=x`)],
    ['in quotes', () => bearer(`"${token()}"`)],
    ['after a tab', () => `Authorization: Bearer\t${token()}`],
    ['without a blank', () => `Authorization: Bearer${token()}`],
    ['without a scheme', () => `Authorization: ${token()}`],
    ['under another scheme', () => `Authorization: Basic ${token()}`],
  ])('is refused %s', async (_how, header) => {
    const { status, headers, body } = await send(GET, HOST, header());
    expect({ status, code: body?.code }).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    expect(headers).toMatch(/^www-authenticate: Bearer realm="parlance"/im);
  });

  it.each([
    ['first', () => [bearer(token()), bearer('junk')]],
    ['last', () => [bearer('junk'), bearer(token())]],
    ['both times', () => [bearer(token()), bearer(token())]],
  ])('is refused with a second Authorization header, %s', async (_how, headers) => {
    const { status, body } = await send(GET, HOST, ...headers());
    expect({ status, code: body?.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
    expect(body?.detail).toContain('Authorization');
  });
});

describe('a key that the server has not cached', () => {
  let fresh: string;
  beforeEach(async () => {
    fresh = (await withKey(account.session, ['conversations:read'])).token as string;
  });

  it('is accepted after several blanks', async () => {
    expect((await send(GET, HOST, `Authorization: bearer   ${fresh}`)).status).toBe(200);
  });

  it('is read only from the header', async () => {
    const { status, body } = await send(`GET ${PATH}?access_token=x HTTP/1.1`, HOST, bearer(fresh));
    expect({ status, code: body?.code }).toEqual({ status: 422, code: 'VALIDATION_ERROR' });
  });
});

describe('the host', () => {
  it.each([
    ['a name', [GET, HOST]],
    ['a name and a port', [GET, 'Host: parlance.test:8080']],
    ['an IPv4 address', [GET, 'Host: 203.0.113.7:80']],
    ['an IPv6 address', [GET, 'Host: [2001:db8::7]:443']],
    ['none, in HTTP/1.0', [`GET ${PATH} HTTP/1.0`]],
    ['the same in the target', [`GET http://PARLANCE.test:80${PATH}?limit=1 HTTP/1.1`, HOST]],
    ['the same in the target, by TLS', [`GET https://parlance.test:8443${PATH} HTTP/1.1`, 'Host: parlance.test:8443']],
  ])('can be %s', async (_name, lines) => {
    expect((await send(...lines, bearer(key))).status).toBe(200);
  });

  it.each([
    ['none', [GET]],
    ['empty', [GET, 'Host:']],
    ['two', [GET, HOST, 'Host: evil.test']],
    ['the same twice', [GET, HOST, HOST]],
    ['with a path', [GET, 'Host: parlance.test/evil']],
    ['with credentials', [GET, 'Host: user@parlance.test']],
    ['a list', [GET, 'Host: parlance.test, evil.test']],
    ['with blanks', [GET, 'Host: parlance.test evil.test']],
    ['with a port that is none', [GET, 'Host: parlance.test:http']],
    ['with a broken address', [GET, 'Host: [2001:db8::7']],
    ['with a query', [GET, 'Host: parlance.test?x']],
    ['another in the target', [`GET http://evil.test${PATH} HTTP/1.1`, HOST]],
    ['another port in the target', [`GET http://parlance.test:81${PATH} HTTP/1.1`, HOST]],
    ['credentials in the target', [`GET http://user@parlance.test${PATH} HTTP/1.1`, HOST]],
    ['a target of another kind', [`GET ftp://parlance.test${PATH} HTTP/1.1`, HOST]],
  ])('is refused when it is %s', async (_name, lines) => {
    const { status, body } = await send(...lines, bearer(key));
    expect({ status, code: body?.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
  });

  it('in an absolute address is not in any response', async () => {
    const { body } = await send('GET http://parlance.test/nothing?x HTTP/1.1', HOST);
    expect(body).toMatchObject({ status: 404, instance: '/nothing' });
  });
});

describe('an invalid request', () => {
  it.each([
    ['an unknown method', [`NOTHING ${PATH} HTTP/1.1`, HOST], 400, 'BAD_REQUEST', '/'],
    ['a broken header', [GET, HOST, 'Broken header: x'], 400, 'BAD_REQUEST', PATH],
    [
      'too large headers',
      [`GET ${PATH}?limit=1 HTTP/1.1`, HOST, `X: ${'x'.repeat(20_000)}`],
      431,
      'HEADERS_TOO_LARGE',
      PATH,
    ],
    ['an unknown expectation', [GET, HOST, 'Expect: 200-ok'], 417, 'EXPECTATION_FAILED', PATH],
    ['a tunnel', ['CONNECT parlance.test:443 HTTP/1.1', HOST], 405, 'METHOD_NOT_ALLOWED', '/'],
    ['a broken escape', ['GET /api/v1/knowledge/%zz HTTP/1.1', HOST], 400, 'BAD_REQUEST', '/api/v1/knowledge/%zz'],
    ['a broken escape where nothing is', ['GET /nothing/%c3%28 HTTP/1.1', HOST], 400, 'BAD_REQUEST', '/nothing/%c3%28'],
  ])('is rejected with a problem: %s', async (_name, lines, status, code, instance) => {
    const { body, headers } = await send(...lines);
    expect(body).toMatchObject({ status, code, instance, error: { code, message: body?.detail } });
    expect(headers).toContain(`X-Request-Id: ${body?.request_id}`);
  });

  it.each(['/api/v1/knowledge/%zz', '/nothing/%c3%28'])('is rejected because of its path: %s', async (path) => {
    const { body } = await send(`GET ${path} HTTP/1.1`, HOST);
    expect(body?.detail).toMatch(/^The path is not correctly percent-encoded\./);
  });

  it('names the supported methods if it asks for a tunnel', async () => {
    const { headers, body } = await send('CONNECT parlance.test:443 HTTP/1.1', HOST);
    expect(headers).toMatch(/^Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS$/m);
    expect(body?.error).toMatchObject({
      details: { allowed: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] },
    });
  });

  it.each(['CONNECT parlance.test:443', 'NOTHING /', 'GET /\x01'])(
    'does not end the process if its connection is reset: %s',
    async (line) => {
      const { hostname, port } = new URL(app.client.url);
      for (let time = 0; time < 20; time += 1) {
        const socket = connect(Number(port), hostname);
        await once(socket, 'connect');
        socket.write(`${line} HTTP/1.1\r\n${HOST}\r\n\r\n`, () => socket.resetAndDestroy());
        await once(socket, 'close');
      }
      expect((await send(GET, HOST, bearer(key))).status).toBe(200);
    },
  );

  it('may ask for the options of the server', async () => {
    const { status, headers } = await send('OPTIONS * HTTP/1.1', HOST);
    expect(status).toBe(204);
    expect(headers).toMatch(/^Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS$/im);
  });
});

describe('the end of a body', () => {
  it.each([
    ['told in two ways', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
    ['told twice', ['Content-Length: 4', 'Content-Length: 5']],
    ['of an unknown kind', ['Transfer-Encoding: chunked, identity']],
  ])('is rejected if it is %s', async (_name, headers) => {
    const { status, body } = await send(`POST ${PATH} HTTP/1.1`, HOST, bearer(key), ...headers);
    expect({ status, code: body?.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
  });
});
