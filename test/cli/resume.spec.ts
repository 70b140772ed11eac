import { afterAll, beforeAll, expect, it } from 'vitest';
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
/** Has its own server, which waits for no reader. */
let impatient: TestApp;
let network: Network;
let consumer: Record<string, string | undefined>;

/** A proxy whose connections can break. */
class Network {
  private readonly sockets = new Set<Socket>();
  connections = 0;

  private constructor(private readonly server: Server) {}

  static async to(url: string): Promise<Network> {
    const { port } = new URL(url);
    const server = createServer();
    const network = new Network(server);
    server.on('connection', (client) => {
      network.connections += 1;
      const upstream = connect(Number(port), '127.0.0.1');
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

async function keyOf({ client }: TestApp): Promise<string | undefined> {
  const { session } = await register(client);
  return (await withKey(session, ['conversations:write', 'knowledge:read'])).token;
}

beforeAll(async () => {
  model = await startModelServer();
  const variables = { MODEL_BASE_URL: model.url, MODEL_DEFAULT: 'stand-in', ANSWER_CACHE_SECONDS: '0' };
  app = await startApp({ ...variables, STREAM_RESUME_SECONDS: '60' });
  impatient = await startApp({ ...variables, STREAM_RESUME_SECONDS: '0' });
  network = await Network.to(app.client.url);
  consumer = { PARLANCE_URL: network.url, PARLANCE_API_KEY: await keyOf(app) };
});
afterAll(async () => {
  parlance.remove();
  network.close();
  await app.close();
  await impatient.close();
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
    await eventually(() => {
      expect(stdout.startsWith(sent)).toBe(true);
      // It has come back from the previous break.
      expect(network.connections).toBeGreaterThanOrEqual(index);
    });
    network.break();
  }
  tap.end();
  expect([await closed, stderr]).toEqual([[0, null], '']);
  expect(stdout).toMatch(/^One two three four\.\n/);
  expect(network.connections).toBeGreaterThanOrEqual(4);
});

it('exits with 5 if the server stays away', async () => {
  const tap = new Tap();
  model.script = { pieces: tap };
  const away = await Network.to(app.client.url);
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

it('prints the part of an answer that the server gave up, and fails', async () => {
  const tap = new Tap();
  model.script = { pieces: tap };
  const breaking = await Network.to(impatient.client.url);
  const variables = { PARLANCE_URL: breaking.url, PARLANCE_API_KEY: await keyOf(impatient) };
  const child = parlance.start(['chat', 'How long?', '--stream'], variables);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const closed = once(child, 'close');
  tap.push('Once upon a time ');
  tap.push('there was');
  await eventually(() => expect(stdout).toContain('Once'));
  breaking.break();
  expect(await closed).toEqual([1, null]);
  expect(stdout).toMatch(/^Once upon a time .*\n\nConversation \S+\n$/s);
  expect(stderr).toBe('The answer is incomplete: it was interrupted. Ask again.\n');
  breaking.close();
  tap.end();
});

it.each([
  ['length', 'the model reached a token limit'],
  ['content_filter', 'a content filter stopped it'],
])('says that an answer is only a part: %s', async (finishReason, reason) => {
  model.script = { pieces: ['Once upon'], finishReason };
  for (const option of ['--stream', '--no-stream']) {
    const { code, stdout, stderr } = await parlance.run(['chat', 'How long?', option], consumer);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Once upon\n\nConversation /),
      stderr: `The answer is incomplete: ${reason}.\n`,
    });
  }
  const { json, stderr } = await parlance.run(['chat', 'How long?', '--json'], consumer);
  expect([json.status === 'complete', stderr]).toEqual([false, '']);
});
