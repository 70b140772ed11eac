import { once } from 'node:events';
import { connect } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/bootstrap.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { startApp } from '../harness/app.js';
import { TestClient } from '../harness/client.js';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { register } from '../harness/fixtures.js';
import {
  authorizationPath,
  makeApplication,
  makePkce,
  obtainTokens,
  tokenRequest,
  type Application,
  type Tokens,
} from '../harness/oauth.js';

const FORM = 'application/x-www-form-urlencoded';
/** One endpoint of each kind: for programs, for clients that register, and for browsers. */
const READERS = ['/oauth/token', '/oauth/register', '/oauth/device'];

const lines: string[] = [];
let database: TestDatabase;
let nest: NestExpressApplication;
let client: TestClient;
let application: Application;
let tokens: Tokens;
beforeAll(async () => {
  database = await createDatabase();
  const config = testConfig({ DATABASE_URL: database.url, WORKER_INLINE: 'false', LOG_LEVEL: 'info' });
  nest = await createApp(config, new Logger(config, { write: (line: string) => void lines.push(line) }));
  await nest.listen(0, '127.0.0.1');
  client = new TestClient(await nest.getUrl());
  const person = await register(client);
  application = await makeApplication(person.session);
  tokens = await obtainTokens(client, application, { email: person.email });
});
afterAll(async () => {
  await nest.close();
  await database.drop();
});

/** Sends a request byte by byte; returns what the server has sent when it closes the connection. */
async function talk(path: string, headers: Record<string, string | number>, ...parts: string[]): Promise<string> {
  const { hostname, port } = new URL(client.url);
  const socket = connect(Number(port), hostname);
  let seen = '';
  socket.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const all = { host: 'parlance.test', connection: 'close', 'content-type': FORM, ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`);
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return seen;
}

describe('a body is bounded like those of the API', () => {
  it.each(READERS)('in its size, announced or not, at %s', async (path) => {
    const announced = await talk(path, { 'content-length': 10 * 1024 * 1024 });
    expect(announced).toMatch(/^HTTP\/1\.1 400 /);
    const large = `11000\r\n${'x'.repeat(0x11000)}\r\n0\r\n\r\n`;
    expect(await talk(path, { 'transfer-encoding': 'chunked' }, large)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(READERS)('in its pieces, at %s', async (path) => {
    const seen = await talk(path, { 'transfer-encoding': 'chunked' }, `1\r\na\r\n`.repeat(2_100));
    // The end of the connection can overtake the response.
    expect(seen).toMatch(/^(HTTP\/1\.1 400 |$)/);
  });

  it.each(READERS)('and may not be compressed, at %s', async (path) => {
    const seen = await talk(path, { 'content-encoding': 'gzip', 'content-length': 3 }, 'a=b');
    expect(seen).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toContain('Content-Encoding');
  });
});

it.each(READERS)('a client that leaves before its body is whole is no error, at %s', async (path) => {
  lines.length = 0;
  const { hostname, port } = new URL(client.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`POST ${path} HTTP/1.1\r\nhost: parlance.test\r\ncontent-type: ${FORM}\r\ncontent-length: 9\r\n\r\na=b`);
  socket.end();
  await eventually(() => expect(lines.join('')).toContain(path));
  expect(lines.map((line) => JSON.parse(line) as { level: unknown; msg: string })).not.toContainEqual(
    expect.objectContaining({ msg: expect.stringContaining('failed') }),
  );
});

/** While a table is away, each use of it fails. */
async function without<T>(table: string, work: () => Promise<T>): Promise<T> {
  await database.query(`ALTER TABLE ${table} RENAME TO ${table}_away`);
  try {
    return await work();
  } finally {
    await database.query(`ALTER TABLE ${table}_away RENAME TO ${table}`);
  }
}

describe('an error of this server', () => {
  const refresh = () =>
    tokenRequest<Tokens & { error: string; error_description: string }>(client, {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      client_id: application.client_id,
      client_secret: application.client_secret,
    });

  it('is that of RFC 6749 at the token endpoint, is logged, and costs nobody the grant', async () => {
    lines.length = 0;
    const { status, body, headers } = await without('users', refresh);
    expect({ status, body }).toEqual({
      status: 500,
      body: { error: 'server_error', error_description: expect.any(String) },
    });
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toContain('no-store');
    expect(lines.join('')).toContain('relation \\"users\\" does not exist');
    expect((await refresh()).status).toBe(200);
  });

  it('is a page in a browser', async () => {
    const path = authorizationPath(application.client_id, makePkce().challenge);
    const response = await without('oauth_records', () => fetch(client.url + path, { redirect: 'manual' }));
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  });
});

it('429: too many requests of an address are refused in the same way', async () => {
  const limited = await startApp({ WORKER_INLINE: 'false', LIMIT_ADDRESS: '1', LIMIT_SIGN_IN: '1' });
  try {
    const send = () => tokenRequest<object>(limited.client, { grant_type: 'client_credentials' });
    let answer = await send();
    for (let n = 0; n < 40 && answer.status === 400; n += 1) answer = await send();
    const { status, body, headers } = answer;
    expect({ status, body }).toEqual({
      status: 429,
      body: { error: 'temporarily_unavailable', error_description: expect.any(String) },
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await fetch(`${limited.client.url}/oauth/authorize`);
    const page = await fetch(`${limited.client.url}/oauth/authorize`);
    expect(page.status).toBe(429);
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
  } finally {
    await limited.close();
  }
});
