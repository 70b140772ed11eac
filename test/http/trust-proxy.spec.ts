import { afterAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';

/** One server for each value. */
const apps = new Map<string, TestApp>();
afterAll(async () => {
  for (const app of apps.values()) await app.close();
});

async function appFor(trustProxy: string): Promise<TestApp> {
  const known = apps.get(trustProxy);
  if (known) return known;
  const app = await startApp({ WORKER_INLINE: 'false', LIMIT_ADDRESS: '3', TRUST_PROXY: trustProxy });
  apps.set(trustProxy, app);
  return app;
}

/** The statuses of five calls, of which three may come from one address. */
async function attempt(trustProxy: string, headersOf: (n: number) => string): Promise<number[]> {
  const { client } = await appFor(trustProxy);
  const seen: number[] = [];
  for (let n = 1; n <= 5; n += 1) {
    const headers = { 'x-forwarded-for': headersOf(n) };
    seen.push((await client.get('/errors', { headers })).status);
  }
  return seen;
}

describe('TRUST_PROXY', () => {
  it.each([
    ['none: a forged header changes nothing', '', (n: number) => `192.0.2.${n}`, [200, 200, 200, 429, 429]],
    ['an address that did not send it', '10.0.0.1', (n: number) => `192.0.2.${n}`, [200, 200, 200, 429, 429]],
    ['the proxy', 'loopback', (n: number) => `192.0.2.${n}`, [200, 200, 200, 200, 200]],
    ['two proxies, and the client changes', '2', (n: number) => `192.0.2.${n}, 10.0.0.1`, [200, 200, 200, 200, 200]],
    [
      'two proxies, and the client forges',
      '2',
      (n: number) => `192.0.2.${n}, 198.51.100.1, 10.0.0.1`,
      [200, 200, 200, 429, 429],
    ],
    [
      'proxies by address',
      'loopback,10.0.0.0/8',
      (n: number) => `192.0.2.${n}, 198.51.100.1, 10.0.0.1`,
      [200, 200, 200, 429, 429],
    ],
    [
      'proxies by address, which tell ports',
      'loopback,10.0.0.0/8',
      (n: number) => `192.0.2.${n}, 198.51.100.2:400${n}, 10.0.0.1:500${n}`,
      [200, 200, 200, 429, 429],
    ],
    [
      'proxies by address, and the client changes',
      'loopback,10.0.0.1',
      (n: number) => `192.0.2.${n}:40001, [::ffff:10.0.0.1]:50001`,
      [200, 200, 200, 200, 200],
    ],
  ])('%s', async (_name, trustProxy, headersOf, expected) => {
    expect(await attempt(trustProxy, headersOf)).toEqual(expected);
  });
});
