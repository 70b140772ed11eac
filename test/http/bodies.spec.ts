import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { expectProblem } from '../harness/expectations.js';

const CONVERSATIONS = '/api/v1/conversations';
const MIB = 1024 * 1024;

let app: TestApp;
let account: Account;
let reader: TestClient;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  account = await register(app.client);
  reader = await withKey(account.session, ['conversations:read']);
});
afterAll(() => app.close());

/** One connection on which a client sends any bytes; `seen` is everything that the server has sent over it. */
class Wire {
  private readonly decoder = new TextDecoder();
  seen = '';

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.seen += this.decoder.decode(chunk, { stream: true })));
    socket.on('error', () => undefined);
  }

  static async open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Wire(socket);
  }

  request(method: string, path: string, headers: Record<string, string | number>, token?: string): void {
    const all = { host: 'parlance.test', ...(token && { authorization: `Bearer ${token}` }), ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  }

  /** Status lines of the responses so far. */
  get statuses(): number[] {
    return [...this.seen.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  hasStatuses(...statuses: number[]): Promise<void> {
    return eventually(() => expect(this.statuses).toEqual(statuses));
  }
}

const JSON_OF_1_MIB = { 'content-type': 'application/json', 'content-length': MIB };

describe('before a byte of the body is read', () => {
  it.each([
    ['401 nobody', CONVERSATIONS, () => undefined, 401],
    ['401 a wrong credential', CONVERSATIONS, () => 'parl_live_sk_nonsense', 401],
    ['403 without the scope', CONVERSATIONS, () => reader.token, 403],
    ['403 without the role', '/api/v1/organizations/me/invitations', () => reader.token, 403],
    ['404 where nothing is', '/api/v1/nothing', () => undefined, 404],
    ['404 where nothing is, with a credential', '/nothing', () => reader.token, 404],
    ['413 for what is announced to be too large', CONVERSATIONS, () => account.session.token, 413, 2 * MIB],
  ])('%s', async (_name, path, token, status, length = MIB) => {
    const wire = await Wire.open(app.client.url);
    wire.request('POST', path, { ...JSON_OF_1_MIB, 'content-length': length }, token());
    await wire.hasStatuses(status);
    wire.socket.destroy();
  });

  it('429 for callers that have used up the limit', async () => {
    const limited = await startApp({ WORKER_INLINE: 'false', LIMIT_ADDRESS: '1' });
    try {
      await limited.client.get('/errors');
      const wire = await Wire.open(limited.client.url);
      wire.request('POST', CONVERSATIONS, JSON_OF_1_MIB);
      await wire.hasStatuses(429);
    } finally {
      await limited.close();
    }
  });

  it('a client that waits for "100 Continue" is not asked for the body', async () => {
    const wire = await Wire.open(app.client.url);
    wire.request('POST', CONVERSATIONS, { ...JSON_OF_1_MIB, expect: '100-continue' });
    await wire.hasStatuses(401);
    wire.socket.destroy();
  });

  it('and is asked for it if it may call', async () => {
    const wire = await Wire.open(app.client.url);
    const headers = { 'content-type': 'application/json', 'content-length': 2, expect: '100-continue' };
    wire.request('POST', CONVERSATIONS, headers, account.session.token);
    await wire.hasStatuses(100);
    wire.socket.write('{}');
    await wire.hasStatuses(100, 201);
    wire.socket.destroy();
  });
});

describe('a body that no handler reads', () => {
  it('is drained, so that the connection serves the next request', async () => {
    const wire = await Wire.open(app.client.url);
    wire.request('POST', CONVERSATIONS, JSON_OF_1_MIB);
    wire.socket.write('x'.repeat(MIB));
    await wire.hasStatuses(401);
    wire.request('GET', '/health/live', {});
    await wire.hasStatuses(401, 200);
    wire.socket.destroy();
  });

  it.each([
    ['refused before', undefined, 401],
    ['refused while it was read', 'session', 413],
  ])('is cut off if it does not end: %s', async (_name, kind, status) => {
    const wire = await Wire.open(app.client.url);
    const token = kind && account.session.token;
    wire.request('POST', CONVERSATIONS, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }, token);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sent = 0;
    // At most 64 MiB: far more than is drained.
    while (!wire.socket.destroyed && sent < 64 * MIB) {
      sent += chunk.length;
      const goesOn = wire.socket.write(chunk);
      if (!goesOn) await Promise.race([once(wire.socket, 'drain'), once(wire.socket, 'close')]).catch(() => undefined);
    }
    await eventually(() => expect(wire.socket.destroyed).toBe(true));
    expect(sent).toBeLessThan(64 * MIB);
    expect(wire.statuses).toEqual([status]);
  });
});

describe('a body of many pieces', () => {
  const post = async (pieces: number): Promise<Wire> => {
    const wire = await Wire.open(app.client.url);
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    wire.request('POST', CONVERSATIONS, headers, account.session.token);
    wire.socket.write(`2\r\n{}\r\n${'1\r\n \r\n'.repeat(pieces - 1)}0\r\n\r\n`);
    return wire;
  };

  it('is read up to 2,000 of them', async () => {
    const wire = await post(2_000);
    await wire.hasStatuses(201);
    wire.socket.destroy();
  });

  it('413 above that, and the connection is closed', async () => {
    const wire = await post(100_000);
    await eventually(() => expect(wire.socket.destroyed).toBe(true));
    // If more was sent, the end of the connection can overtake the response.
    expect([[413], []]).toContainEqual(wire.statuses);
  });
});

describe('the shape of JSON', () => {
  const post = (body: string): Promise<Answer<unknown>> => account.session.post(CONVERSATIONS, body);
  const nested = (depth: number): string => `{"metadata":${'{"a":'.repeat(depth - 2)}{}${'}'.repeat(depth - 2)}}`;
  const keys = (count: number): string =>
    `{"metadata":{"a":{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join()}}}}`;
  const nodes = (count: number): string => `{"metadata":{"a":[${'1,'.repeat(count - 3)}1]}}`;

  it.each([
    ['33 levels', nested(33), 'nested at most 32 levels'],
    ['33 levels in unknown fields', `{"x":${'['.repeat(32)}${']'.repeat(32)}}`, 'nested at most 32 levels'],
    ['1,001 keys in an object', keys(1_001), '1000 keys'],
    ['1,001 times the same key', `{${Array<string>(1_001).fill('"a":1').join()}}`, '1000 keys'],
    ['10,001 values', nodes(10_001), '10000 values'],
    ['1 MiB of opening brackets', '['.repeat(MIB), 'nested at most 32 levels'],
    ['1 MiB of commas', ','.repeat(MIB), '10000 values'],
    ['1 MiB of empty lists', `[${'[],'.repeat(349_000)}[]]`, '10000 values'],
    ['131,000 unknown fields', `{${Array.from({ length: 70_000 }, (_, n) => `"f${n}":1`).join()}}`, '1000 keys'],
  ])('422 for %s', async (_name, body, message) => {
    const answer = await post(body);
    expectProblem(answer, 'VALIDATION_ERROR');
    expect(answer.body).toMatchObject({ errors: [{ field: '', location: 'body' }] });
    expect(JSON.stringify(answer.body)).toContain(message);
  });

  it.each([
    ['32 levels', nested(32)],
    ['1,000 keys in an object', keys(900)],
    ['brackets, commas and colons in strings', JSON.stringify({ title: '[{,:'.repeat(20), metadata: { a: '\\"[{' } })],
    ['an escaped quote before a bracket', '{"metadata":{"a":"\\\\","b":"\\"[[[["}}'],
  ])('201 for %s', async (_name, body) => {
    expect((await post(body)).status).toBe(201);
  });

  it.each(['1e400', '-1e400', '1'.repeat(400)])('422 for a number that a double cannot hold: %s', async (number) => {
    expectProblem(await post(`{"metadata":{"a":${number}}}`), 'VALIDATION_ERROR');
  });
});

describe('the list of invalid fields', () => {
  it('ends after 20', async () => {
    const fields = Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`f${n}`, n]));
    for (const path of ['/auth/login', '/auth/register', CONVERSATIONS]) {
      const { body } = await account.session.post<{ errors: unknown[] }>(path, fields);
      expect(body.errors).toHaveLength(20);
    }
  });

  it.each([
    ['scopes', Array<string>(9_000).fill('knowledge:read'), 'at most'],
    ['scopes', ['knowledge:read', 'knowledge:read'], 'the same item twice'],
    ['allowed_ips', Array<string>(9_000).fill('10.0.0.1'), '50'],
    ['allowed_ips', ['x'.repeat(500_000)], 'must hold IPv4'],
  ])('describes the fault of %s', async (field, value, message) => {
    const answer = await account.session.post('/api/v1/api-keys', { name: 'Long', scopes: [], [field]: value });
    expectProblem(answer, 'VALIDATION_ERROR');
    expect(JSON.stringify(answer.body)).toContain(message);
    expect(JSON.stringify(answer.body).length).toBeLessThan(2_000);
  });
});

describe('connections', () => {
  it.each([
    ['in all', { MAX_CONNECTIONS: '5' }],
    ['of one address', { MAX_CONNECTIONS_PER_ADDRESS: '5' }],
  ])('above the limit %s are closed, and one that ends makes room', async (_name, variables) => {
    const small = await startApp({ WORKER_INLINE: 'false', ...variables });
    try {
      const wires = await Promise.all(Array.from({ length: 5 }, () => Wire.open(small.client.url)));
      for (const wire of wires) {
        wire.request('GET', '/health/live', {});
        await wire.hasStatuses(200);
      }
      const extra = await Wire.open(small.client.url);
      await eventually(() => expect(extra.socket.destroyed).toBe(true));
      wires[0]?.socket.destroy();
      await eventually(async () => {
        const next = await Wire.open(small.client.url);
        next.request('GET', '/health/live', {});
        await eventually(() => expect(next.socket.destroyed || next.statuses.length > 0).toBe(true));
        expect(next.statuses).toEqual([200]);
        next.socket.destroy();
      });
      wires.forEach(({ socket }) => socket.destroy());
    } finally {
      await small.close();
    }
  });
});
