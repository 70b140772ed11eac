import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import { createDatabase, type TestDatabase } from '../harness/database.mjs';
import { testEnvironment } from '../harness/variables.mjs';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey } from '../harness/fixtures.js';
import { startModelServer, Tap, type ModelServer } from '../harness/model-server.mjs';
import { ServerProcess } from '../harness/processes.js';
import { openStream } from '../harness/stand-in.js';

const WITHIN_MS = 60_000;
const PREFIX = `shared-${process.pid}-${Date.now()}`;
const CONVERSATIONS = '/api/v1/conversations';

let database: TestDatabase;
let model: ModelServer;
let redis: Redis;
let here: ServerProcess;
let there: ServerProcess;

beforeAll(async () => {
  [database, model] = await Promise.all([createDatabase(), startModelServer()]);
  await database.query(`UPDATE plans SET requests_per_day = 300 WHERE code = 'free'`);
  await database.query(`UPDATE plans SET requests_per_minute = 120 WHERE code = 'basic'`);
  await database.query(`UPDATE plans SET in_flight = 2, requests_per_minute = 300 WHERE code = 'pro'`);
  const variables = testEnvironment({
    DATABASE_URL: database.url,
    REDIS_KEY_PREFIX: PREFIX,
    MODEL_BASE_URL: model.url,
    MODEL_DEFAULT: 'stand-in',
    ANSWER_CACHE_SECONDS: '0',
    STREAM_RESUME_SECONDS: '0',
    LOG_LEVEL: 'error',
  });
  redis = new Redis((process.env['TEST_REDIS_URL'] as string).replace(/^unix:\/\//, ''));
  [here, there] = await Promise.all([
    ServerProcess.start('main.js', variables),
    ServerProcess.start('main.js', variables),
  ]);
}, WITHIN_MS);

afterAll(async () => {
  await Promise.all([here.kill(), there.kill()]);
  redis.disconnect();
  await model.close();
  await database.drop();
});

const keyOf = (organizationId: string, ...parts: string[]): string =>
  [`${PREFIX}:{${organizationId}}`, ...parts].join(':');

async function newOwner(plan: string) {
  const account = await register(here.client);
  await database.query('UPDATE organizations SET plan = $2 WHERE id = $1', [account.organizationId, plan]);
  const { token = '' } = await withKey(account.session, ['conversations:read', 'conversations:write']);
  return { ...account, token };
}

/** Creates a conversation over kept-alive connections: thousands of sockets are another test. */
function makeConversation(url: string, token: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    request(`${url}${CONVERSATIONS}`, { method: 'POST', headers, agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end('{}');
  });
}

describe('the limit of an organization', () => {
  it(
    'lets exactly that many of 10,000 concurrent calls over two processes reach the handler',
    async () => {
      const { organizationId, token } = await newOwner('free');
      // The writes of an organization follow one another, because they count its storage. A call waits for one of eight
      // connections to PostgreSQL for at most five seconds, so no more than these may wait for their turn.
      const agent = new Agent({ keepAlive: true, maxSockets: 32 });
      const urls = [here.url, there.url];
      const statuses = await Promise.all(
        Array.from({ length: 10_000 }, (_, n) => makeConversation(urls[n % 2] as string, token, agent)),
      );
      agent.destroy();
      const [row] = await database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM conversations WHERE organization_id = $1',
        [organizationId],
      );
      expect(statuses.filter((status) => status !== 201 && status !== 429)).toEqual([]);
      expect(row?.count).toBe(300);
      expect(statuses.filter((status) => status === 201).length).toBe(300);
      expect(statuses.filter((status) => status === 429).length).toBe(10_000 - 300);
      await eventually(async () => expect(await redis.exists(keyOf(organizationId, 'in-flight', 'program'))).toBe(0));
    },
    2 * WITHIN_MS,
  );

  it('changes in all processes when the plan changes', async () => {
    const owner = await newOwner('basic');
    const limits = async () =>
      Promise.all(
        [here, there].map(async ({ client }) =>
          (await client.as(owner.token).get(CONVERSATIONS)).headers.get('x-ratelimit-limit'),
        ),
      );
    expect(await limits()).toEqual(['120', '120']);
    const superuser = await register(here.client);
    await database.query('UPDATE users SET is_superuser = true WHERE id = $1', [superuser.userId]);
    const { status } = await here.client
      .as(
        (
          await here.client.post<{ access_token: string }>('/auth/login', {
            email: superuser.email,
            password: PASSWORD,
          })
        ).body.access_token,
      )
      .patch(`/api/v1/admin/organizations/${owner.organizationId}`, { plan: 'pro' });
    expect(status).toBe(200);
    expect(await limits()).toEqual(['300', '300']);
  });
});

describe('a revocation whose message was lost', () => {
  it('applies to the next request, because its mark arrives with the response about the limits', async () => {
    const { organizationId, token } = await newOwner('basic');
    const codes = () =>
      Promise.all(
        [here, there].map(async ({ client }) => {
          const { status, body } = await client.as(token).get(CONVERSATIONS);
          return status === 200 ? status : body.code;
        }),
      );
    expect(await codes()).toEqual([200, 200]);
    await database.query('UPDATE api_keys SET revoked_at = now() WHERE organization_id = $1', [organizationId]);
    // The processes have received no message: they rely on their caches.
    expect(await codes()).toEqual([200, 200]);
    await redis.set(keyOf(organizationId, 'credentials'), 'the mark of this revocation', 'EX', 120);
    expect(await codes()).toEqual(['TOKEN_REVOKED', 'TOKEN_REVOKED']);
  });

  it('leaves such a mark', async () => {
    const { session, organizationId } = await newOwner('basic');
    const { body } = await session.post<{ id: string }>('/api/v1/api-keys', {
      name: 'k',
      scopes: ['conversations:read'],
    });
    expect(await redis.get(keyOf(organizationId, 'credentials'))).toBeNull();
    await session.delete(`/api/v1/api-keys/${body.id}`);
    await eventually(async () => expect(await redis.get(keyOf(organizationId, 'credentials'))).not.toBeNull());
  });
});

describe('concurrent requests', () => {
  it('are refused beyond the limit over all processes, until a stream ends or its client leaves', async () => {
    const { organizationId, token } = await newOwner('pro');
    const tap = new Tap();
    model.script = { pieces: tap };
    const first = await openStream(here.client.as(token), { message: 'One?' });
    tap.push('a ');
    await first.next();
    const leaving = new AbortController();
    model.script = { pieces: new Tap() };
    await openStream(there.client.as(token), { message: 'Two?' }, leaving.signal);
    for (const { client } of [here, there]) {
      const refused = await client.as(token).get(CONVERSATIONS);
      expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 429, code: 'TOO_MANY_CONCURRENT' });
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(refused.headers.get('x-ratelimit-limit')).toBe('300');
    }
    leaving.abort();
    await eventually(async () => expect((await here.client.as(token).get(CONVERSATIONS)).status).toBe(200));
    tap.end();
    await first.rest();
    await eventually(async () => expect(await redis.exists(keyOf(organizationId, 'in-flight', 'program'))).toBe(0));
  });

  it('of a killed process end with their leases', async () => {
    const { organizationId, token } = await newOwner('pro');
    model.script = { pieces: new Tap() };
    await openStream(there.client.as(token), { message: 'Still there?' });
    await openStream(there.client.as(token), { message: 'And you?' });
    await there.kill();
    expect((await here.client.as(token).get(CONVERSATIONS)).body.code).toBe('TOO_MANY_CONCURRENT');
    const key = keyOf(organizationId, 'in-flight', 'program');
    const leases = await redis.zrange(key, 0, -1, 'WITHSCORES');
    expect(leases.length).toBe(4);
    for (const end of [leases[1], leases[3]]) expect(Number(end) - Date.now()).toBeLessThanOrEqual(30_000);
    // As if 30 seconds had passed without a renewal.
    for (const id of [leases[0], leases[2]]) await redis.zincrby(key, -30_000, id as string);
    expect((await here.client.as(token).get(CONVERSATIONS)).status).toBe(200);
  });
});
