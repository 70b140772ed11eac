import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { startApp, type TestApp } from '../harness/app.js';
import { CommandLine } from '../harness/command-line.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';

const parlance = new CommandLine();
let model: ModelServer;
let app: TestApp;
let network: Network;
let consumer: Record<string, string | undefined>;

/** A proxy whose connections can break. */
class Network {
  private readonly sockets = new Set<Socket>();
  connections = 0;

  private constructor(private readonly server: Server) {}

  static async to(port: number): Promise<Network> {
    const server = createServer();
    const network = new Network(server);
    server.on('connection', (client) => {
      network.connections += 1;
      const upstream = connect(port, '127.0.0.1');
      for (const socket of [client, upstream]) {
        network.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => network.sockets.delete(socket));
      }
      client.pipe(upstream).pipe(client);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  break(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.break();
    this.server.close();
  }
}

beforeAll(async () => {
  model = await startModelServer();
  app = await startApp({
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '60',
  });
  network = await Network.to(Number(new URL(app.client.url).port));
  const { token } = await withKey((await register(app.client)).session, ['conversations:write', 'knowledge:read']);
  consumer = { PARLANCE_URL: network.url, PARLANCE_API_KEY: token };
});
afterAll(async () => {
  parlance.remove();
  network.close();
  await app.close();
  await model.close();
});

it('a stream whose connection breaks repeatedly is printed whole, without repetition', async () => {
  const tap = new Tap();
  model.script = { pieces: tap };
  const child = parlance.start(['chat', 'How long?', '--stream'], consumer);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const closed = once(child, 'close');
  const pieces = ['One ', 'two ', 'three ', 'four.'];
  for (const [index, piece] of pieces.entries()) {
    tap.push(piece);
    // A piece may be held back until the next one arrives.
    const sent = pieces.slice(0, index).join('');
    await eventually(() => expect(stdout.startsWith(sent)).toBe(true));
    network.break();
  }
  tap.end();
  expect([await closed, stderr]).toEqual([[0, null], '']);
  expect(stdout).toMatch(/^One two three four\.\n/);
  expect(network.connections).toBeGreaterThan(1);
});

it('exits with 5 if the server stays away', async () => {
  const tap = new Tap();
  model.script = { pieces: tap };
  const away = await Network.to(Number(new URL(app.client.url).port));
  const child = parlance.start(['chat', 'How long?', '--stream'], { ...consumer, PARLANCE_URL: away.url });
  let stdout = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  const closed = once(child, 'close');
  tap.push('Once upon a time ');
  tap.push('there was');
  await eventually(() => expect(stdout).toContain('Once'));
  away.close();
  expect(await closed).toEqual([5, null]);
  tap.end();
});
