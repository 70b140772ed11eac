import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { register, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectProblem } from '../harness/expectations.js';

const KEYS = '/api/v1/api-keys';

/** Behind one proxy, which appends the caller’s address to X-Forwarded-For. */
let app: RunningApp;
let owner: Account;
beforeAll(async () => {
  app = await sharedApp();
  owner = await register(app.client);
});
afterAll(() => app.close());

interface ApiKey {
  id: string;
  key: string;
  last_used_ip: string | null;
}

async function keyFor(...allowedIps: string[]): Promise<ApiKey> {
  const { status, body } = await owner.session.post<ApiKey>(KEYS, {
    name: 'Test',
    scopes: ['api-keys:read'],
    allowed_ips: allowedIps,
  });
  expect(status).toBe(201);
  return body;
}

const callFrom = (key: string, forwardedFor: string) =>
  app.client.as(key).get(KEYS, { headers: { 'x-forwarded-for': forwardedFor } });

describe('an API key with allowed_ips', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7', ['192.0.2.6', '192.0.2.8']],
    ['192.0.2.8/30', '192.0.2.8', ['192.0.2.7', '192.0.2.12']],
    ['192.0.2.8/30', '192.0.2.11', ['192.0.2.7', '192.0.2.12']],
    ['10.0.0.0/8', '10.255.255.255', ['9.255.255.255', '11.0.0.0', '2001:db8::1']],
    ['0.0.0.0/0', '255.255.255.255', ['2001:db8::1', '::1']],
    ['2001:db8::7', '2001:DB8:0:0::7', ['2001:db8::8', '2001:db8::6']],
    ['2001:db8::/33', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff', ['2001:db8:8000::', '2001:db7:ffff::']],
    ['::/0', '2001:db8::1', ['192.0.2.7', '::ffff:192.0.2.7']],
    ['192.0.2.0/24', '::ffff:192.0.2.7', ['::ffff:192.0.3.7', '::192.0.2.7']],
    ['::ffff:192.0.2.0/120', '192.0.2.255', ['192.0.3.0']],
  ])('%s is valid for %s and for no neighboring address', async (entry, inside, outside) => {
    const { key } = await keyFor(entry);
    expect((await callFrom(key, inside)).status).toBe(200);
    for (const ip of outside) {
      const { detail } = expectProblem(await callFrom(key, ip), 'FORBIDDEN');
      expect(detail).toBe(
        'This API key does not allow requests from your IP address. Add the address to `allowed_ips` of the key.',
      );
    }
    expect((await callFrom(key, inside)).status).toBe(200);
  });

  it('trusts the proxy, and nothing that the caller put before it', async () => {
    const { key } = await keyFor('192.0.2.7');
    expectProblem(await callFrom(key, '192.0.2.7, 198.51.100.1'), 'FORBIDDEN');
    expect((await callFrom(key, '198.51.100.1, 192.0.2.7')).status).toBe(200);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7:5512'],
    ['192.0.2.7', '[::ffff:192.0.2.7]:5512'],
    ['192.0.2.7', ' 192.0.2.7 '],
    ['2001:db8::7', '[2001:db8::7]:443'],
    ['2001:db8::7', '[2001:DB8:0::7]'],
    ['fe80::7', 'fe80::7%eth0'],
  ])('%s is valid for %s, whose port is ignored', async (entry, told) => {
    const { key } = await keyFor(entry);
    expect((await callFrom(key, told)).status).toBe(200);
  });

  it.each([
    'unknown',
    '_hidden',
    '"192.0.2.7"',
    "192.0.2.7' OR 1=1",
    '192.0.2.7:',
    '192.0.2.7:port',
    '192.0.2.7:5512:1',
    '192.0.2.256:80',
    '[192.0.2.7]:80',
    '[2001:db8::7',
    '2001:db8::7]:80',
    '3221225991',
  ])('is refused if the caller’s address is not an address: %s', async (text) => {
    const { key } = await keyFor('0.0.0.0/0', '::/0');
    expectProblem(await callFrom(key, text), 'FORBIDDEN');
  });

  it('does not reveal its addresses, and records no refused use', async () => {
    const { id, key } = await keyFor('192.0.2.7');
    const refused = await callFrom(key, '198.51.100.1');
    expect(JSON.stringify(refused.body)).not.toContain('192.0.2.7');
    await callFrom(key, '192.0.2.7');
    await eventually(async () => {
      const { body } = await owner.session.get<ApiKey>(`${KEYS}/${id}`);
      expect(body.last_used_ip).toBe('192.0.2.7');
    });
  });

  it('can be moved to another address immediately', async () => {
    const { id, key } = await keyFor('192.0.2.7');
    expect((await callFrom(key, '192.0.2.7')).status).toBe(200);
    await owner.session.patch(`${KEYS}/${id}`, { allowed_ips: ['198.51.100.1'] });
    expectProblem(await callFrom(key, '192.0.2.7'), 'FORBIDDEN');
    expect((await callFrom(key, '198.51.100.1')).status).toBe(200);
    await owner.session.patch(`${KEYS}/${id}`, { allowed_ips: null });
    expect((await callFrom(key, '203.0.113.9')).status).toBe(200);
  });
});
