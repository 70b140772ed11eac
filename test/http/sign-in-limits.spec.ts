import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLimits } from '../../src/metering/limits/local-limits.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { PASSWORD, register, type Account } from '../harness/fixtures.js';
import { expectProblem } from '../harness/expectations.js';

interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** With the limits of the server. */
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false', TRUST_PROXY: '1', LIMIT_SIGN_IN: '10', LIMIT_ADDRESS: '60' });
});
afterAll(() => app.close());

let addresses = 0;
const newAddress = (): string => `198.51.100.${(addresses += 1)}`;
const post = <Body = Tokens>(
  from: string,
  path: string,
  body: object,
  client: TestClient = app.client,
): Promise<Answer<Body>> => client.post<Body>(path, body, { headers: { 'x-forwarded-for': from } });

const wrong = { password: 'not the password of anybody' };
let strangers = 0;
const guess = (from: string) =>
  post(from, '/auth/login', { email: `nobody-${(strangers += 1)}@example.com`, ...wrong });
const refresh = (from: string, token: string) => post(from, '/auth/refresh', { refresh_token: token });
const newAccount = async (): Promise<Account> => {
  const from = newAddress();
  const client = Object.assign(Object.create(app.client) as TestClient, {
    post: (path: string, body: object) => post(from, path, body),
  });
  return { ...(await register(client)) };
};
const statuses = async (count: number, call: (n: number) => Promise<Answer<unknown>>): Promise<number[]> => {
  const seen: number[] = [];
  for (let n = 0; n < count; n += 1) seen.push((await call(n)).status);
  return seen;
};
const times = (count: number, status: number): number[] => Array<number>(count).fill(status);
const countOf = (seen: number[], status: number): number => seen.filter((other) => other === status).length;
/** Uses up the allowed failures, including units that are refilled in the meantime. */
const exhaust = async (from: string): Promise<void> => {
  while ((await guess(from)).status !== 429);
};

describe('an office behind one address', () => {
  it('can refresh and sign in as often as it likes', async () => {
    const from = newAddress();
    const account = await newAccount();
    let token = account.refreshToken;
    const refreshes = await statuses(40, async () => {
      const answer = await refresh(from, token);
      token = answer.body.refresh_token;
      return answer;
    });
    expect(refreshes).toEqual(times(40, 200));
    const sign = () => post(from, '/auth/login', { email: account.email, password: PASSWORD });
    expect(await statuses(12, sign)).toEqual(times(12, 200));
  });

  it('can do so concurrently, although no more than the allowed failures are tried at the same time', async () => {
    const from = newAddress();
    const accounts = await Promise.all(Array.from({ length: 15 }, newAccount));
    const answers = await Promise.all([
      ...accounts.map(({ refreshToken }) => refresh(from, refreshToken)),
      ...accounts.map(({ email }) => post(from, '/auth/login', { email, password: PASSWORD })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(times(30, 200));
  });

  it('is limited to 300 such calls per minute', async () => {
    const from = newAddress();
    const first = await post(from, '/auth/login', { email: 'x' });
    expect(first.status).toBe(422);
    expect(first.headers.get('ratelimit-policy')).toBe('"minute";q=300;w=60, "failures";q=10;w=60');
  });
});

describe('failures', () => {
  it.each<[string, (from: string) => Promise<Answer<unknown>>]>([
    ['a wrong password', guess],
    ['a bad refresh token', (from) => refresh(from, 'a token of nobody')],
    ['a bad link of a mail', (from) => post(from, '/auth/verify-email', { token: 'a token of nobody' })],
    ['a bad link for a password', (from) => post(from, '/auth/reset-password', { token: 'x', password: PASSWORD })],
    ['a bad invitation', (from) => post(from, '/api/v1/invitations/inspect', { token: 'a token of nobody' })],
    ['each mail that is asked for', (from) => post(from, '/auth/forgot-password', { email: 'nobody@example.com' })],
  ])('are limited to 10 per minute and address: %s', async (_name, fail) => {
    const from = newAddress();
    const startedAt = Date.now();
    const seen = await statuses(15, () => fail(from));
    const refilled = Math.ceil((Date.now() - startedAt) / 6_000);
    expect(seen.slice(0, 10)).not.toContain(429);
    expect(countOf(seen, 429)).toBeGreaterThanOrEqual(5 - refilled);
    expect((await fail(newAddress())).status).not.toBe(429);
  });

  it('of a proxy that appends ports count for one address', async () => {
    const address = newAddress();
    const seen = await statuses(15, (n) => guess(`${address}:${40_001 + n}`));
    expect(countOf(seen, 429)).toBeGreaterThanOrEqual(3);
  });

  it('are shown in the headers, and calls that succeed are refunded', async () => {
    const from = newAddress();
    const account = await newAccount();
    const of = ({ headers }: Answer<unknown>) =>
      ['limit', 'remaining'].map((name) => headers.get(`x-ratelimit-${name}`));
    const good = () => post(from, '/auth/login', { email: account.email, password: PASSWORD });
    expect(of(await good())).toEqual(['10', '10']);
    expect(of(await guess(from))).toEqual(['10', '9']);
    expect(of(await guess(from))).toEqual(['10', '8']);
    expect(of(await good())).toEqual(['10', '8']);
    await exhaust(from);
    const refused = await guess(from);
    const { detail } = expectProblem(refused, 'RATE_LIMITED');
    expect(of(refused)).toEqual(['10', '0']);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(6);
    expect(detail).toMatch(/^Too many failed sign-ins from your IP address\. Try again in /);
  });

  it('block guesses, and not a valid token', async () => {
    const from = newAddress();
    const account = await newAccount();
    await exhaust(from);
    const seen = await Promise.all([
      refresh(from, account.refreshToken),
      refresh(from, 'a token of nobody'),
      post(from, '/auth/login', { email: account.email, password: PASSWORD }),
      post(from, '/auth/reauthenticate', { password: PASSWORD }, account.session),
      post(from, '/auth/change-password', { current_password: PASSWORD, new_password: 'x' }, account.session),
      post(newAddress(), '/auth/login', { email: account.email, password: PASSWORD }),
    ]);
    expect(seen.map(({ status }) => status)).toEqual([200, 429, 429, 429, 429, 200]);
    const read = await account.session.get('/auth/me', { headers: { 'x-forwarded-for': from } });
    expect(read.status).toBe(200);
  });

  it('are not exceeded by a thousand concurrent calls, nor is the work for them', async () => {
    const from = newAddress();
    const before = await attempts();
    const startedAt = Date.now();
    const seen = await Promise.all(Array.from({ length: 250 }, () => guess(from)));
    const most = 10 + Math.ceil((Date.now() - startedAt) / 6_000);
    const failed = countOf(
      seen.map(({ status }) => status),
      401,
    );
    expect(failed).toBeGreaterThanOrEqual(10);
    expect(failed).toBeLessThanOrEqual(most);
    // Each compared password left its mark first.
    expect((await attempts()) - before).toBe(failed);
  });

  it('include a wrong password at reauthentication', async () => {
    const from = newAddress();
    const accounts = await Promise.all([newAccount(), newAccount()]);
    const seen = await statuses(14, (n) =>
      post(from, '/auth/reauthenticate', wrong, (accounts[n % 2] as Account).session),
    );
    expect(seen.slice(0, 10)).toEqual(times(10, 401));
    expect(countOf(seen, 429)).toBeGreaterThanOrEqual(2);
  });
});

const attempts = async (): Promise<number> => {
  const [row] = await app.database.query<{ sum: number }>(
    'SELECT coalesce(sum(failures), 0)::int AS sum FROM sign_in_failures',
  );
  return row?.sum ?? NaN;
};

it('a process that decides alone refunds too', () => {
  const limits = new LocalLimits();
  const claim = { subject: 'x', caller: 'stranger' as const, requestsPerMinute: 2, cost: 1, requestId: '1' };
  const take = () => limits.take(claim, 0, 1, 1_000).refusedBy;
  expect([take(), take(), take()]).toEqual([undefined, undefined, 'minute']);
  limits.giveBack(claim);
  expect([take(), take()]).toEqual([undefined, 'minute']);
});
