import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { KillableServices, ServerProcess } from '../harness/processes.js';

const WITHIN_MS = 60_000;
const PER_MINUTE = 40;
const PATH = '/api/v1/conversations?limit=1';

let services: KillableServices;
let here: ServerProcess;
let there: ServerProcess;
let redis: Redis;

beforeAll(async () => {
  services = await KillableServices.start();
  await services.query(`UPDATE plans SET requests_per_minute = ${PER_MINUTE} WHERE code = 'free'`);
  redis = new Redis(services.urls.redisUrl.replace(/^unix:\/\//, ''));
  redis.on('error', () => undefined);
  [here, there] = await Promise.all([
    ServerProcess.start('main.js', services.variables),
    ServerProcess.start('main.js', services.variables),
  ]);
}, WITHIN_MS);

afterAll(async () => {
  await Promise.all([here.kill(), there.kill()]);
  redis.disconnect();
  await services.stop();
}, WITHIN_MS);

const isDegraded = ({ headers }: Answer<unknown>): boolean => headers.get('x-parlance-degraded') === 'limits';

/** Calls until one is refused. Returns how many passed, and how many units may have been refilled in that time. */
async function exhaust(client: TestClient, perMinute: number) {
  const startedAt = Date.now();
  let passed = 0;
  let answer = await client.get(PATH);
  for (; answer.status === 200; answer = await client.get(PATH)) passed += 1;
  return { passed, answer, refilled: Math.ceil(((Date.now() - startedAt) * perMinute) / 60_000) };
}

const beats = (): Promise<string[]> => redis.zrange('crash:processes', 0, -1, 'WITHSCORES');

/** Waits until each process counts both: it has announced itself once more since both have run. */
async function expectAcquainted(): Promise<void> {
  const [, one, , other] = await eventually(async () => {
    const seen = await beats();
    expect(seen.length).toBe(4);
    return seen;
  });
  const latest = Math.max(Number(one), Number(other));
  await eventually(async () => {
    const [, first, , second] = await beats();
    expect(Math.min(Number(first), Number(second))).toBeGreaterThan(latest);
  });
}

async function newKey(): Promise<{ token: string; account: Account }> {
  const account = await register(here.client);
  const { token } = await withKey(account.session, ['conversations:read']);
  return { token: token as string, account };
}

const expectShared = (token: string): Promise<void> =>
  eventually(async () => {
    for (const process of [here, there]) {
      const answer = await process.client.as(token).get(PATH);
      expect(answer.status).toBe(200);
      expect(isDegraded(answer)).toBe(false);
    }
  });

describe.each([
  ['killed', () => services.kill('redis'), () => services.revive('redis')],
  ['made to hang', () => services.pause('redis'), () => services.resume('redis')],
])('while Redis is %s', (_name, takeAway, giveBack) => {
  it('each process grants its share of the limit, says so, and shares again once Redis is back', async () => {
    const { token } = await newKey();
    await expectShared(token);
    await expectAcquainted();
    await takeAway();
    const share = PER_MINUTE / 2;
    for (const process of [here, there]) {
      const { passed, answer, refilled } = await exhaust(process.client.as(token), share);
      expect(passed).toBeGreaterThanOrEqual(share);
      expect(passed).toBeLessThanOrEqual(share + refilled);
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
      expect(isDegraded(answer)).toBe(true);
      expect(answer.headers.get('x-ratelimit-limit')).toBe(String(share));
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await giveBack();
    const { token: other } = await newKey();
    await expectShared(other);
  });

  it('no request fails, whatever is in progress when it goes and when it comes back', async () => {
    await expectShared((await newKey()).token);
    const { token, account } = await newKey();
    await services.query(`UPDATE organizations SET plan = 'pro' WHERE id = $1`, [account.organizationId]);
    const seen: Answer<unknown>[] = [];
    let isOn = true;
    const callers = [here, there, here, there].map(async (process) => {
      while (isOn) seen.push(await process.client.as(token).get(PATH));
    });
    await eventually(() => expect(seen.length).toBeGreaterThan(50));
    await takeAway();
    const before = seen.length;
    await eventually(() => expect(seen.slice(before).filter(isDegraded).length).toBeGreaterThan(50));
    await giveBack();
    await eventually(() => expect(seen.slice(-20).some(isDegraded)).toBe(false), WITHIN_MS);
    isOn = false;
    await Promise.all(callers);
    expect(seen.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
