import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { testConfig } from '../../../test/harness/environment.js';
import { PrivateAddressError, PublicAddresses } from './public-addresses.js';
import { PublicHttpClient } from './public-http-client.js';

const LIMITS = { accept: 'application/json', maxBytes: 1_000, timeoutMs: 5_000 };
const REQUIRED = { DATABASE_URL: 'postgresql://localhost/none', REDIS_URL: 'redis://localhost' };

let server: Server;
let connections = 0;
const client = new PublicHttpClient(new PublicAddresses(testConfig(REQUIRED)));
beforeAll(async () => {
  server = createServer().on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await client.onApplicationShutdown();
});

async function errorOf(url: string): Promise<unknown> {
  try {
    return await client.read(url, LIMITS);
  } catch (error) {
    return error instanceof PrivateAddressError ? error : (error as Error).cause;
  }
}

describe('PublicHttpClient', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fc00::1]',
    '[ff02::1]',
    'localhost',
  ])('does not connect to %s', async (host) => {
    const { port } = server.address() as AddressInfo;
    expect(await errorOf(`https://${host}:${port}/`)).toBeInstanceOf(PrivateAddressError);
    expect(connections).toBe(0);
  });

  it('uses https only', async () => {
    expect(await errorOf('http://example.com/')).toBeInstanceOf(PrivateAddressError);
  });
});
