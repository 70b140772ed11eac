import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import type { ErrorCode } from '../../src/platform/errors/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { expectProblem } from '../harness/expectations.js';

const REDIS_KEY_PREFIX = `limits-${process.pid}-${Date.now()}`;
const CONVERSATIONS = '/api/v1/conversations?limit=1';

let app: TestApp;
let redis: Redis;
beforeAll(async () => {
  app = await startApp({
    REDIS_KEY_PREFIX,
    WORKER_INLINE: 'false',
    TRUST_PROXY: '1',
    LIMIT_ADDRESS: '20',
    LIMIT_SIGN_IN: '5',
  });
  await app.database.query(
    `UPDATE plans SET requests_per_minute = 60, in_flight = 10, requests_per_day = 100 WHERE code = 'free'`,
  );
  redis = new Redis((process.env['TEST_REDIS_URL'] as string).replace(/^unix:\/\//, ''));
});
afterAll(async () => {
  redis.disconnect();
  await app.close();
});

let addresses = 0;
/** An address that no other caller in these tests has. */
const newAddress = (): string => `198.51.${(addresses += 1) >> 8}.${addresses & 255}`;

class From {
  constructor(
    private readonly forwardedFor: string,
    private readonly client: TestClient = app.client,
  ) {}

  call<Body>(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
  ) {
    return this.client.call<Body>(method, path, {
      headers: { 'x-forwarded-for': this.forwardedFor, ...headers },
      ...(body !== undefined && { body }),
    });
  }
}

/** Registers from its own address, so that the limit per address does not interfere. */
const newAccount = (): Promise<Account> => {
  const from = new From(newAddress());
  return register(
    Object.assign(Object.create(app.client) as TestClient, {
      call: from.call.bind(from),
    }),
  ).then((account) => ({ ...account, session: app.client.as(account.accessToken) }));
};

const limitsOf = ({ headers }: Answer<unknown>) => ({
  limit: Number(headers.get('x-ratelimit-limit')),
  remaining: Number(headers.get('x-ratelimit-remaining')),
  resetInSeconds: Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000,
  policy: headers.get('ratelimit-policy'),
  state: headers.get('ratelimit'),
});

function expectLimitHeaders(answer: Answer<unknown>): void {
  const { limit, remaining, resetInSeconds, policy, state } = limitsOf(answer);
  expect(limit).toBeGreaterThan(0);
  expect(remaining).toBeLessThanOrEqual(limit);
  expect(resetInSeconds).toBeGreaterThan(-2);
  expect(policy).toMatch(/^"(minute|key|day)";q=\d+;w=\d+(, "(minute|key|day)";q=\d+;w=\d+)*$/);
  expect(state).toMatch(/^"(minute|key|day)";r=\d+;t=\d+(, "(minute|key|day)";r=\d+;t=\d+)*$/);
}

/** Empties the bucket of an organization’s programs, as if it had made that many calls just now. */
async function use(organizationId: string, units: number): Promise<void> {
  const [seconds, micros] = await redis.time();
  const at = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  await redis.set(`${REDIS_KEY_PREFIX}:{${organizationId}}:minute:program`, `${units * 60_000}:${at}`, 'PX', 60_000);
}

describe('a fresh key on the free plan', () => {
  it('makes 60 calls, and the next is refused until X-RateLimit-Reset', async () => {
    const { session } = await newAccount();
    const key = await withKey(session, ['conversations:read']);
    const startedAt = Date.now();
    let passed = 0;
    let answer = await key.get(CONVERSATIONS);
    for (; answer.status === 200; answer = await key.get(CONVERSATIONS)) {
      expectLimitHeaders(answer);
      passed += 1;
    }
    const refilled = Math.floor((Date.now() - startedAt) / 1000);
    expect(passed).toBeGreaterThanOrEqual(60);
    expect(passed).toBeLessThanOrEqual(60 + refilled);
    const problem = expectProblem(answer, 'RATE_LIMITED');
    expectLimitHeaders(answer);
    expect(limitsOf(answer)).toMatchObject({ limit: 60, remaining: 0 });
    expect(limitsOf(answer).resetInSeconds).toBeGreaterThan(50);
    expect(limitsOf(answer).resetInSeconds).toBeLessThanOrEqual(61);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(problem).toMatchObject({ retry_after: 1, detail: 'Rate limit exceeded. Try again in 1 second.' });
  });

  it('has used the day’s calls of the plan after 100', async () => {
    const { session, organizationId } = await newAccount();
    const key = await withKey(session, ['conversations:read']);
    const day = new Date().toISOString().slice(0, 10);
    await redis.set(`${REDIS_KEY_PREFIX}:{${organizationId}}:requests:program:${day}`, 99);
    const last = await key.get(CONVERSATIONS);
    expect(last.status).toBe(200);
    expect(limitsOf(last)).toMatchObject({ limit: 100, remaining: 0 });
    const midnight = Date.parse(`${day}T00:00:00Z`) / 1000 + 86_400;
    const askedAt = Date.now() / 1000;
    const refused = await key.get(CONVERSATIONS);
    expect(expectProblem(refused, 'QUOTA_EXCEEDED')).toMatchObject({
      quota_limit: 100,
      quota_used: 100,
      quota_reset: expect.stringMatching(/T00:00:00/),
      detail: expect.stringContaining('The plan basic allows an unlimited amount.'),
    });
    expect(Number(refused.headers.get('x-ratelimit-reset'))).toBe(midnight);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(Math.ceil(midnight - askedAt));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(midnight - Date.now() / 1000);
  });
});

describe('the scope of a limit', () => {
  it('is the organization: two keys and a test key share it; another organization does not', async () => {
    const [one, other] = await Promise.all([newAccount(), newAccount()]);
    const keys = await Promise.all([
      withKey(one.session, ['conversations:read']),
      withKey(one.session, ['conversations:read']),
      withKey(one.session, ['conversations:read'], 'test'),
    ]);
    const stranger = await withKey(other.session, ['conversations:read']);
    await use(one.organizationId, 60);
    const codes = await Promise.all(keys.map(async (key) => (await key.get(CONVERSATIONS)).body.code));
    expect(codes).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED']);
    expect((await stranger.get(CONVERSATIONS)).status).toBe(200);
  });

  it('excludes people, who can still revoke a key that runs wild', async () => {
    const { session, organizationId } = await newAccount();
    const key = await withKey(session, ['conversations:read']);
    const ofPrograms = (...parts: string[]): string => [`${REDIS_KEY_PREFIX}:{${organizationId}}`, ...parts].join(':');
    const expectOnlyProgramsRefused = async (code: ErrorCode): Promise<void> => {
      expectProblem(await key.get(CONVERSATIONS), code);
      expect((await session.get(CONVERSATIONS)).status).toBe(200);
    };
    await use(organizationId, 60);
    await expectOnlyProgramsRefused('RATE_LIMITED');
    await use(organizationId, 0);
    const underWay = Array.from({ length: 10 }, (_, n) => [Date.now() + 30_000, `stream-${n}`]);
    await redis.zadd(ofPrograms('in-flight', 'program'), ...underWay.flat());
    await expectOnlyProgramsRefused('TOO_MANY_CONCURRENT');
    const day = new Date().toISOString().slice(0, 10);
    await redis.set(ofPrograms('requests', 'program', day), 100);
    await expectOnlyProgramsRefused('QUOTA_EXCEEDED');
  });

  it('is the key if its limit is lower', async () => {
    const { session } = await newAccount();
    const { body } = await session.post<{ key: string }>('/api/v1/api-keys', {
      name: 'slow',
      scopes: ['conversations:read'],
      rate_limit: 2,
    });
    const key = app.client.as(body.key);
    const startedAt = Date.now();
    const answers = [await key.get(CONVERSATIONS), await key.get(CONVERSATIONS), await key.get(CONVERSATIONS)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expectProblem(answers[2] as Answer<unknown>, 'RATE_LIMITED');
    expect(limitsOf(answers[1] as Answer<unknown>)).toMatchObject({ limit: 2, remaining: 0 });
    expect(limitsOf(answers[1] as Answer<unknown>).policy).toBe(
      '"minute";q=60;w=60, "key";q=2;w=60, "day";q=100;w=86400',
    );
    // At 2 per minute, one is refilled after 30 seconds.
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(30 - (Date.now() - startedAt) / 1000);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeLessThanOrEqual(30);
  });

  it('excludes health, metrics, and internal keys', async () => {
    const { session, userId } = await newAccount();
    for (const path of ['/health', '/health/ready', '/metrics']) {
      expect((await app.client.get(path)).headers.get('x-ratelimit-limit')).toBeNull();
    }
    await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [userId]);
    const { body } = await session.post<{ id: string; key: string }>('/api/v1/api-keys', {
      name: 'internal',
      scopes: ['conversations:read'],
    });
    await app.database.query(`UPDATE api_keys SET kind = 'internal' WHERE id = $1`, [body.id]);
    const answer = await app.client.as(body.key).get(CONVERSATIONS);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-ratelimit-limit')).toBeNull();
  });
});

describe('the headers of both families', () => {
  it('are on every response of a limited route, with any status', async () => {
    const { session } = await newAccount();
    const key = await withKey(session, ['conversations:read', 'conversations:write']);
    const from = new From(newAddress());
    const json = { 'content-type': 'application/json' };
    const answers: [number, Answer<unknown>][] = [
      [200, await key.get(CONVERSATIONS)],
      [400, await key.get('/api/v1/conversations?cursor=broken')],
      [400, await key.call('POST', '/api/v1/conversations', { body: '{', headers: json })],
      [
        415,
        await key.call('POST', '/api/v1/conversations', { body: 'text', headers: { 'content-type': 'text/plain' } }),
      ],
      [413, await key.call('POST', '/api/v1/conversations', { body: { title: 'x'.repeat(1_100_000) } })],
      [401, await from.call('GET', CONVERSATIONS)],
      [401, await from.call('GET', CONVERSATIONS, { headers: { authorization: 'Bearer nonsense' } })],
      [403, await key.get('/api/v1/knowledge')],
      [404, await key.get('/api/v1/conversations/0198f2a0-0000-7000-8000-000000000000')],
      [422, await key.get('/api/v1/conversations?limit=0')],
      [200, await from.call('GET', '/errors')],
    ];
    expect(answers.map(([, { status }]) => status)).toEqual(answers.map(([expected]) => expected));
    answers.forEach(([, answer]) => expectLimitHeaders(answer));
  });

  it('show a call that costs more than one', async () => {
    const { session } = await newAccount();
    const key = await withKey(session, ['conversations:write']);
    const answer = await key.post('/api/v1/chat', { message: 'Is anybody there?' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-ratelimit-cost')).toBe('2');
    expect(limitsOf(answer)).toMatchObject({ limit: 60, remaining: 58 });
  });
});

describe('without a credential', () => {
  const statuses = async (count: number, call: (n: number) => Promise<Answer<unknown>>): Promise<number[]> => {
    const seen: number[] = [];
    for (let n = 0; n < count; n += 1) seen.push((await call(n)).status);
    return seen;
  };
  const times = (count: number, status: number): number[] => Array<number>(count).fill(status);

  it('the address is limited, including invalid credentials', async () => {
    const from = new From(newAddress());
    const guess = (): Promise<Answer<unknown>> =>
      from.call('GET', CONVERSATIONS, { headers: { authorization: 'Bearer parl_live_sk_nonsense' } });
    expect(await statuses(20, guess)).toEqual(times(20, 401));
    const refused = await guess();
    expectProblem(refused, 'RATE_LIMITED');
    expectLimitHeaders(refused);
    expect((await from.call('GET', '/errors')).status).toBe(429);
    expect((await new From(newAddress()).call('GET', '/errors')).status).toBe(200);
  });

  it.each(['GET', 'POST', 'DELETE', 'PROPFIND'])('unknown addresses count like others: %s', async (method) => {
    const from = new From(newAddress());
    const paths = ['/nothing', '/api/v1/nothing', '/api', '/api/v2/chat'];
    const seen = await statuses(20, (n) => from.call(method, paths[n % 4] as string));
    expect(seen).toEqual(times(20, 404));
    const refused = await from.call(method, '/nothing');
    expectProblem(refused, 'RATE_LIMITED');
    expectLimitHeaders(refused);
  });

  it.each(['/', '/docs', '/docs/swagger-ui.css', '/redoc', '/openapi.json', '/changelog', '/auth/reset-password'])(
    'pages count like other calls: %s',
    async (path) => {
      const from = new From(newAddress());
      const seen = await statuses(20, () => from.call('GET', path));
      expect(seen).toEqual(times(20, 200));
      const refused = await from.call('GET', path);
      expectProblem(refused, 'RATE_LIMITED');
      expectLimitHeaders(refused);
      expect((await from.call('GET', '/errors')).status).toBe(429);
    },
  );

  it('a valid credential is not limited by the invalid ones of its address', async () => {
    const { session } = await newAccount();
    const key = await withKey(session, ['conversations:read']);
    const address = newAddress();
    await statuses(21, () => new From(address).call('GET', CONVERSATIONS));
    expect((await new From(address).call('GET', CONVERSATIONS)).status).toBe(429);
    expect((await new From(address, key).call('GET', CONVERSATIONS)).status).toBe(200);
  });

  it('sign-in, registration and refresh share a lower limit, separate from the rest', async () => {
    const from = new From(newAddress());
    const body = { email: 'nobody@example.com', password: 'a long and private sentence' };
    const paths = ['/auth/login', '/auth/refresh', '/auth/forgot-password'];
    const call = (n: number): Promise<Answer<unknown>> =>
      from.call('POST', paths[n % 3] as string, { body: n % 3 === 1 ? { refresh_token: 'x' } : body });
    const seen = await statuses(6, call);
    expect(seen.slice(0, 5)).not.toContain(429);
    expect(seen[5]).toBe(429);
    expect((await from.call('GET', '/errors')).status).toBe(200);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:3::1', '2001:db8:1:4::1', false],
    ['203.0.113.1', '::ffff:203.0.113.1', true],
    ['203.0.113.2', '203.0.113.3', false],
    ['203.0.113.4:40001', '203.0.113.4:40002', true],
    ['203.0.113.5', '203.0.113.5:40002', true],
    ['[2001:db8:1:5::1]:443', '2001:db8:1:5::2', true],
    ['unknown', '_hidden', true],
    ['unknown', '203.0.113.6', false],
  ])('%s and %s are one address: %s', async (one, other, areOne) => {
    await statuses(20, () => new From(one).call('GET', '/errors'));
    expect((await new From(other).call('GET', '/errors')).status).toBe(areOne ? 429 : 200);
  });

  it('values that a client puts into X-Forwarded-For before the proxy have no effect', async () => {
    const address = newAddress();
    await statuses(20, (n) => new From(`192.0.2.${n}, ${address}`).call('GET', '/errors'));
    expect((await new From(`192.0.2.99, ${address}`).call('GET', '/errors')).status).toBe(429);
  });
});
