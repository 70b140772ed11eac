import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { allScopes } from '../../src/identity/permissions/index.js';
import { createApp } from '../../src/bootstrap.js';
import { UsageFlusher } from '../../src/metering/usage/usage-flusher.js';
import { UsageRepository } from '../../src/metering/usage/usage.repository.js';
import { Database } from '../../src/platform/database/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { testConfig } from '../harness/environment.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { expectInvalid, expectProblem, NO_ID, withoutIds } from '../harness/expectations.js';

interface Usage {
  data: { date: string; requests: number; routes: { route: string; requests: number }[] }[];
  total_requests: number;
  from: string;
  to: string;
}

const KEYS = '/api/v1/api-keys';
const DAY_MS = 24 * 60 * 60 * 1000;

let app: TestApp;
let owner: Account;
let stranger: Account;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' });
  [owner, stranger] = await Promise.all([register(app.client), register(app.client)]);
});
afterAll(() => app.close());

async function makeKey(client: TestClient, overrides: object = {}): Promise<{ id: string; key: string }> {
  const request = { name: 'Test', scopes: allScopes, ...overrides };
  return (await client.post<{ id: string; key: string }>(KEYS, request)).body;
}
const usageOf = (client: TestClient, id: string, query = ''): Promise<Answer<Usage>> =>
  client.get<Usage>(`${KEYS}/${id}/usage${query}`);
const record = (organizationId: string, credentialId: string, day: string, route: string, requests: number) =>
  app.database.query('INSERT INTO usage_records VALUES ($1, $2, $3, $4, $5)', [
    organizationId,
    credentialId,
    day,
    route,
    requests,
  ]);

describe('GET /api/v1/api-keys/{id}/usage', () => {
  describe('200', () => {
    it('counts every response to a key, by day and route, including refusals', async () => {
      const { id, key } = await makeKey(owner.session, { scopes: ['knowledge:read'] });
      const client = app.client.as(key);
      for (let i = 0; i < 3; i += 1) await client.get('/api/v1/knowledge');
      await client.get(`/api/v1/knowledge/${NO_ID}`);
      await client.get(`/api/v1/knowledge/${NO_ID.replace('8000', '9000')}`);
      expectProblem(await client.get('/api/v1/conversations'), 'INSUFFICIENT_SCOPE');
      await client.get('/health');
      await client.get('/api/v1/nowhere');
      await eventually(async () => {
        const { status, body } = await usageOf(owner.session, id);
        expect({ status, total: body.total_requests }).toEqual({ status: 200, total: 6 });
        // Around midnight, the requests may fall on two days.
        const routes = body.data.flatMap((day) => day.routes);
        expect(new Set(routes.map(({ route }) => route))).toEqual(
          new Set(['GET /api/v1/knowledge', 'GET /api/v1/knowledge/:id', 'GET /api/v1/conversations']),
        );
      });
    });

    it('adds up counts that are written at different times', async () => {
      const { id, key } = await makeKey(owner.session);
      for (const total of [1, 2, 3]) {
        await app.client.as(key).get('/api/v1/knowledge');
        await eventually(async () => {
          expect((await usageOf(owner.session, id)).body.total_requests).toBe(total);
        });
      }
    });

    it.each(['live', 'test'])('shows the usage of a %s key to its owner', async (environment) => {
      const { id, key } = await makeKey(owner.session, { environment });
      await app.client.as(key).get('/api/v1/knowledge');
      await eventually(async () => {
        expect((await usageOf(owner.session, id)).body.total_requests).toBe(1);
      });
    });

    it('shows the usage of a key that was created within the sandbox', async () => {
      const maker = await withKey(owner.session, allScopes, 'test');
      const { id, key } = await makeKey(maker, { environment: 'test' });
      await app.client.as(key).get('/api/v1/knowledge');
      await eventually(async () => {
        expect((await usageOf(maker, id)).body.total_requests).toBe(1);
      });
    });

    it('returns the last 30 days by default, and 0 for days without use', async () => {
      const { id } = await makeKey(owner.session);
      const { body } = await usageOf(owner.session, id);
      expect(body.data).toHaveLength(30);
      expect(body.data[0]).toEqual({ date: body.from, requests: 0, routes: [] });
      expect(body.data.at(-1)?.date).toBe(body.to);
      expect(Date.parse(body.to) - Date.parse(body.from)).toBe(29 * DAY_MS);
      expect(Date.now() - Date.parse(body.to)).toBeLessThan(2 * DAY_MS);
    });

    it('returns the requested days, both included, over the end of February', async () => {
      const { id } = await makeKey(owner.session);
      for (const [day, route, requests] of [
        ['2028-02-27', 'GET /before', 100],
        ['2028-02-28', 'GET /a', 2],
        ['2028-02-28', 'GET /b', 5],
        ['2028-03-01', 'GET /a', 5_000_000_000],
        ['2028-03-02', 'GET /after', 100],
      ] as const) {
        await record(owner.organizationId, id, day, route, requests);
      }
      const { body } = await usageOf(owner.session, id, '?from=2028-02-28&to=2028-03-01');
      expect(body).toEqual({
        from: '2028-02-28',
        to: '2028-03-01',
        total_requests: 5_000_000_007,
        data: [
          {
            date: '2028-02-28',
            requests: 7,
            routes: [
              { route: 'GET /b', requests: 5 },
              { route: 'GET /a', requests: 2 },
            ],
          },
          { date: '2028-02-29', requests: 0, routes: [] },
          { date: '2028-03-01', requests: 5_000_000_000, routes: [{ route: 'GET /a', requests: 5_000_000_000 }] },
        ],
      });
    });

    it('accepts a leap year, and starts 30 days before a given last day by default', async () => {
      const { id } = await makeKey(owner.session);
      expect((await usageOf(owner.session, id, '?from=2028-01-01&to=2028-12-31')).body.data).toHaveLength(366);
      expect((await usageOf(owner.session, id, '?to=2028-01-30')).body).toMatchObject({ from: '2028-01-01' });
    });
  });

  describe('403', () => {
    it('requires api-keys:read', async () => {
      const { id } = await makeKey(owner.session);
      const writer = await withKey(owner.session, ['api-keys:write']);
      expectProblem(await usageOf(writer, id), 'INSUFFICIENT_SCOPE');
    });
  });

  describe('404', () => {
    it('is returned to another organization, to a test key, and for an unknown key', async () => {
      const { id } = await makeKey(owner.session);
      const never = await usageOf(stranger.session, NO_ID);
      const sandbox = await withKey(owner.session, allScopes, 'test');
      for (const answer of [await usageOf(stranger.session, id), await usageOf(sandbox, id), never]) {
        expectProblem(answer, 'NOT_FOUND');
        expect(withoutIds(answer)).toEqual(withoutIds(never));
      }
    });
  });

  describe('422', () => {
    it.each([
      ['from', '?from=yesterday'],
      ['from', '?from=2028-02-30'],
      ['from', '?from=2028-1-1'],
      ['from', '?from=2028-01-01T00:00:00Z'],
      ['to', '?to='],
      ['to', '?to=0000-01-01'],
      ['from', '?from=2028-01-02&to=2028-01-01'],
      ['from', '?from=2027-12-31&to=2028-12-31'],
      ['from', '?from=9999-12-31'],
      ['days', '?days=7'],
    ])('rejects %s in %s', async (field, query) => {
      const { id } = await makeKey(owner.session);
      expectInvalid(await usageOf(owner.session, id, query), field);
    });
  });
});

describe('counting', () => {
  it('continues without losses while it cannot be written', async () => {
    const { id, key } = await makeKey(owner.session);
    const add = vi.spyOn(app.nest.get(UsageRepository, { strict: false }), 'add');
    add.mockRejectedValueOnce(new Error('connection terminated'));
    await app.client.as(key).get('/api/v1/knowledge');
    await usageOf(owner.session, id);
    expect(add).toHaveBeenCalledTimes(1);
    add.mockRestore();
    await app.client.as(key).get('/api/v1/knowledge');
    // The worker handles the batch that could not be added.
    await app.nest.get(UsageFlusher, { strict: false }).flushLeftOver(10);
    expect((await usageOf(owner.session, id)).body.total_requests).toBe(2);
  });

  it('drops the usage of a deleted organization, and nothing else', async () => {
    const [gone, kept] = await Promise.all([register(app.client), makeKey(owner.session)]);
    const lost = await makeKey(gone.session);
    await app.client.as(kept.key).get('/api/v1/knowledge');
    await app.client.as(lost.key).get('/api/v1/knowledge');
    await app.database.query('DELETE FROM organizations WHERE id = $1', [gone.organizationId]);
    await eventually(async () => {
      expect((await usageOf(owner.session, kept.id)).body.total_requests).toBe(1);
    });
  });

  it('adds up concurrent writes of several processes in any order', async () => {
    const { id } = await makeKey(owner.session);
    const usage = app.nest.get(UsageRepository, { strict: false });
    const row = { organizationId: owner.organizationId, credentialId: id, day: '2028-05-05', requests: 1 };
    const rows = Array.from({ length: 50 }, (_, i) => ({ ...row, route: `GET /${i}` }));
    const orders = Array.from({ length: 8 }, (_, i) => (i % 2 ? rows : [...rows].reverse()));
    const database = app.nest.get(Database);
    await Promise.all(orders.map((order) => database.asPlatform(() => usage.add(order))));
    expect((await usageOf(owner.session, id, '?from=2028-05-05&to=2028-05-05')).body.total_requests).toBe(400);
  });

  // Last test: authentication uses the server that was started last.
  it('is visible on another server after the one that counted has ended', async () => {
    const prefix = `test-${randomUUID()}`;
    const ending = await startApp({ WORKER_INLINE: 'false', REDIS_KEY_PREFIX: prefix });
    const { session, organizationId } = await register(ending.client);
    await session.get('/api/v1/knowledge');
    await ending.nest.close();
    const next = await createApp(
      testConfig({ DATABASE_URL: ending.database.url, REDIS_KEY_PREFIX: prefix, WORKER_INLINE: 'true' }),
    );
    await next.init();
    const find = 'SELECT route, requests::int AS requests FROM usage_records WHERE organization_id = $1';
    await eventually(async () =>
      expect(await ending.database.query(find, [organizationId])).toEqual([
        { route: 'GET /api/v1/knowledge', requests: 1 },
      ]),
    );
    await next.close();
    await ending.database.drop();
  });
});
