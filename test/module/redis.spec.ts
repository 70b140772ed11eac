import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Redis } from '../../src/platform/redis/index.js';
import { Logger } from '../../src/platform/telemetry/index.js';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';

/** A server that confirms each command, or does not respond at all. */
let server: Server;
let isHanging = false;
const sockets = new Set<Socket>();
let redis: Redis;

beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        // Each command is one array.
        const commands = data.toString().match(/^\*\d+\r$/gm) ?? [];
        if (!isHanging) socket.write('+OK\r\n'.repeat(commands.length));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = testConfig({ REDIS_URL: `redis://127.0.0.1:${port}` });
  redis = new Redis(config, new Logger(config));
  await eventually(() => expect(redis.isAvailable).toBe(true));
});
afterAll(() => {
  redis.onApplicationShutdown();
  sockets.forEach((socket) => socket.destroy());
  server.close();
});

it('counts as away while it hangs, so that requests do not wait for it, and is back when it responds', async () => {
  expect(await redis.client.get('key')).toBe('OK');
  isHanging = true;
  await expect(redis.client.get('key')).rejects.toThrow();
  await eventually(() => expect(redis.isAvailable).toBe(false));
  await expect(redis.client.get('key')).rejects.toThrow(/isn't writeable/);
  isHanging = false;
  await eventually(() => expect(redis.isAvailable).toBe(true));
  expect(await redis.client.get('key')).toBe('OK');
});
