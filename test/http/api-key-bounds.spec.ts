import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/platform/errors/index.js';
import type { Answer, TestClient } from '../harness/client.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { untilBlocking } from '../harness/locks.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectInvalid, expectProblem, named, type Page } from '../harness/expectations.js';

interface ApiKey {
  id: string;
  name: string;
  key: string;
  scopes: string[];
  expires_at: string | null;
  allowed_ips: string[] | null;
  rate_limit: number | null;
}

const KEYS = '/api/v1/api-keys';
const SCOPES = ['api-keys:write', 'api-keys:read', 'knowledge:read'];
const BOUNDS = {
  expires_at: '2050-01-01T00:00:00.000Z',
  allowed_ips: ['127.0.0.0/8', '10.0.0.0/8', '2001:db8::/32'],
  rate_limit: 9000,
};
const UNBOUNDED = { expires_at: null, allowed_ips: null, rate_limit: null };
const NARROWER = { expires_at: '2049-01-01T00:00:00.000Z', allowed_ips: ['127.0.0.1'], rate_limit: 8999 };

/** More than BOUNDS, field by field, and the text of the refusal. */
const EXCESSES = named<object>([
  ['expires_at must be at or before 2050-01-01T00:00:00.000Z', { expires_at: '2050-01-01T00:00:00.001Z' }],
  ['expires_at must be at or before 2050-01-01T00:00:00.000Z', { expires_at: '2049-12-31T23:59:59-01:00' }],
  ['expires_at must be at or before 2050-01-01T00:00:00.000Z', { expires_at: null }],
  ['allowed_ips cannot include 11.0.0.0', { allowed_ips: ['10.0.0.1', '11.0.0.0'] }],
  ['allowed_ips cannot include 10.0.0.0/7', { allowed_ips: ['10.0.0.0/7'] }],
  ['allowed_ips cannot include 0.0.0.0/0', { allowed_ips: ['0.0.0.0/0'] }],
  ['allowed_ips cannot include 11.0.0.1', { allowed_ips: ['::ffff:11.0.0.1'] }],
  ['allowed_ips cannot include 2001:db9::1', { allowed_ips: ['2001:db8::1', '2001:db9::1'] }],
  ['allowed_ips cannot include 2001:db8::/31', { allowed_ips: ['2001:db8::/31'] }],
  ['allowed_ips cannot include ::/0', { allowed_ips: ['::/0'] }],
  ['allowed_ips cannot include every address', { allowed_ips: null }],
  ['rate_limit must be at most 9000', { rate_limit: 9001 }],
  ['rate_limit must be at most 9000', { rate_limit: null }],
]);

let app: RunningApp;
let owner: Account;
let maker: TestClient;
beforeAll(async () => {
  app = await sharedApp();
  owner = await register(app.client);
  maker = app.client.as((await make(owner.session, { scopes: SCOPES, ...BOUNDS })).key);
});
afterAll(() => app.close());

const tryToMake = (client: TestClient, overrides: object = {}): Promise<Answer<ApiKey>> =>
  client.post<ApiKey>(KEYS, { name: 'Test', scopes: ['knowledge:read'], ...overrides });

async function make(client: TestClient, overrides: object = {}): Promise<ApiKey> {
  const { status, body } = await tryToMake(client, overrides);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

const read = async (id: string): Promise<ApiKey> => (await owner.session.get<ApiKey>(`${KEYS}/${id}`)).body;
const change = (client: TestClient, id: string, fields: object): Promise<Answer<ApiKey>> =>
  client.patch<ApiKey>(`${KEYS}/${id}`, fields);
const rotate = (client: TestClient, id: string): Promise<Answer<ApiKey>> =>
  client.post<ApiKey>(`${KEYS}/${id}/rotate`, {});
const use = (key: string) => app.client.as(key).get('/api/v1/knowledge');

describe('POST /api/v1/api-keys by a key', () => {
  describe('201', () => {
    it('gives the new key its creator’s bounds, which also apply to the keys that it creates', async () => {
      const second = await make(maker, { scopes: SCOPES });
      expect(second).toMatchObject(BOUNDS);
      const third = await make(app.client.as(second.key));
      expect(third).toMatchObject(BOUNDS);
      expect((await use(third.key)).status).toBe(200);
      expectProblem(await tryToMake(app.client.as(second.key), { rate_limit: 9001 }), 'FORBIDDEN');
    });

    it.each(
      named([
        ['narrower', NARROWER] as [string, object],
        ['the same', BOUNDS],
        ['v6', { allowed_ips: ['2001:db8:1::/48'] }],
      ]),
    )('allows bounds that are %s: %s', async (_what, _shown, bounds) => {
      expect(await make(maker, bounds)).toMatchObject({ ...BOUNDS, ...bounds });
    });

    it('lets people and keys without bounds create keys with any bounds or none', async () => {
      for (const client of [owner.session, await withKey(owner.session, SCOPES)]) {
        expect(await make(client)).toMatchObject(UNBOUNDED);
        expect(await make(client, UNBOUNDED)).toMatchObject(UNBOUNDED);
        expect(await make(client, BOUNDS)).toMatchObject(BOUNDS);
      }
    });

    it('uses the creator’s present bounds', async () => {
      const changing = await make(owner.session, { scopes: SCOPES });
      const client = app.client.as(changing.key);
      expect(await make(client)).toMatchObject(UNBOUNDED);
      await change(owner.session, changing.id, BOUNDS);
      expect(await make(client)).toMatchObject(BOUNDS);
      await change(owner.session, changing.id, UNBOUNDED);
      expect(await make(client)).toMatchObject(UNBOUNDED);
    });
  });

  describe('401', () => {
    it('is returned to a creator that is revoked during the request', async () => {
      const { id, key } = await make(owner.session, { scopes: SCOPES });
      expect((await use(key)).status).toBe(200);
      // No message is sent, so the cached key passes.
      await app.database.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [id]);
      expect((await use(key)).status).toBe(200);
      expectProblem(await tryToMake(app.client.as(key)), 'TOKEN_REVOKED');
    });
  });

  describe('403', () => {
    it.each(EXCESSES)('creates no key with more than its creator has: %s, for %s', async (detail, _shown, excess) => {
      const name = randomUUID();
      const answer = await tryToMake(maker, { name, ...excess });
      expect(expectProblem(answer, 'FORBIDDEN').detail).toBe(`A key can only grant what its creator has: ${detail}.`);
      const { body } = await owner.session.get<Page<ApiKey>>(`${KEYS}?limit=100`);
      expect(body.data.map((key) => key.name)).not.toContain(name);
    });

    it.each(['live', 'test'] as const)(
      'applies to a creator within the sandbox that was created in %s',
      async (environment) => {
        const test = { environment: 'test' };
        const above = environment === 'live' ? owner.session : await withKey(owner.session, SCOPES, 'test');
        const { key } = await make(above, { ...test, scopes: SCOPES, ...BOUNDS });
        const client = app.client.as(key);
        expect(await make(client, test)).toMatchObject(BOUNDS);
        for (const [detail, , excess] of EXCESSES) {
          const answer = await tryToMake(client, { ...test, ...excess });
          expect(expectProblem(answer, 'FORBIDDEN').detail).toContain(detail);
        }
      },
    );

    it('applies to an internal key', async () => {
      const operator = await register(app.client);
      await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [operator.userId]);
      const { key } = await make(operator.session, { kind: 'internal', scopes: SCOPES, ...BOUNDS });
      expect(await make(app.client.as(key))).toMatchObject(BOUNDS);
      for (const [, , excess] of EXCESSES) expectProblem(await tryToMake(app.client.as(key), excess), 'FORBIDDEN');
    });

    it('does not replay to a bounded key the response of another key with the same scopes', async () => {
      const [unbounded, headers] = [await withKey(owner.session, SCOPES), { 'idempotency-key': randomUUID() }];
      const body = { name: 'Test', scopes: ['knowledge:read'] };
      const { key } = (await unbounded.post<ApiKey>(KEYS, body, { headers })).body;
      expect((await unbounded.post<ApiKey>(KEYS, body, { headers })).body.key).toBe(key);
      const answer = await maker.post(KEYS, body, { headers });
      expectProblem(answer, 'IDEMPOTENCY_KEY_REUSED');
      expect(JSON.stringify(answer.body)).not.toContain(key);
    });
  });

  describe('422', () => {
    it('is checked before the bounds', async () => {
      expectInvalid(await tryToMake(maker, { expires_at: '2020-01-01T00:00:00Z', rate_limit: 9001 }), 'expires_at');
    });
  });
});

describe('PATCH /api/v1/api-keys/{id} by a key', () => {
  describe('200', () => {
    it('lets a bounded key narrow any key, including itself, and widen others up to its own bounds', async () => {
      const { id } = await make(owner.session);
      for (const bounds of [BOUNDS, NARROWER, BOUNDS]) {
        expect((await change(maker, id, bounds)).body).toMatchObject(bounds);
      }
      const own = await make(owner.session, { scopes: SCOPES, ...BOUNDS });
      expect((await change(app.client.as(own.key), own.id, NARROWER)).body).toMatchObject(NARROWER);
    });

    it('keeps what a key has beyond the caller’s bounds when narrowing it, whether that is sent or not', async () => {
      const wide = { expires_at: null, allowed_ips: ['192.0.2.0/24', '2001:db9::/32'], rate_limit: 20_000 };
      const { id } = await make(owner.session, wide);
      expect((await change(maker, id, { name: 'Renamed' })).body).toMatchObject({ name: 'Renamed', ...wide });
      expect((await change(maker, id, { name: 'Again', ...wide })).body).toMatchObject({ name: 'Again', ...wide });
      const less = {
        expires_at: '2099-01-01T00:00:00.000Z',
        allowed_ips: ['192.0.2.1'],
        rate_limit: 19_999,
      };
      expect((await change(maker, id, less)).body).toMatchObject(less);
    });
  });

  describe('403', () => {
    it.each(EXCESSES)('gives no key more than the caller has: %s, for %s', async (detail, _shown, excess) => {
      const [other, own] = [
        await make(owner.session, NARROWER),
        await make(owner.session, { scopes: SCOPES, ...BOUNDS }),
      ];
      for (const [client, id] of [
        [maker, other.id],
        [app.client.as(own.key), own.id],
      ] as const) {
        const before = await read(id);
        const answer = await change(client, id, { name: 'Mine', ...excess });
        expect(expectProblem(answer, 'FORBIDDEN').detail).toBe(`A key can only grant what its creator has: ${detail}.`);
        const { last_used_at: _at, last_used_ip: _ip, ...unchanged } = before as ApiKey & Record<string, unknown>;
        expect(await read(id)).toMatchObject(unchanged);
      }
    });

    it.each<[string, object, object, ErrorCode]>([
      ['expires_at', {}, { expires_at: '2040-01-01T00:00:00Z' }, 'INSUFFICIENT_SCOPE'],
      ['expires_at', {}, { expires_at: null }, 'INSUFFICIENT_SCOPE'],
      ['expires_at', {}, { expires_at: null, name: 'Mine', rate_limit: 1 }, 'INSUFFICIENT_SCOPE'],
      ['allowed_ips', { allowed_ips: ['192.0.2.1'] }, { allowed_ips: null }, 'INSUFFICIENT_SCOPE'],
      ['allowed_ips', { allowed_ips: ['192.0.2.1'] }, { allowed_ips: ['127.0.0.1'] }, 'INSUFFICIENT_SCOPE'],
      ['rate_limit', { rate_limit: 5 }, { rate_limit: 6 }, 'INSUFFICIENT_SCOPE'],
      ['rate_limit', { rate_limit: 5 }, { rate_limit: null }, 'INSUFFICIENT_SCOPE'],
      ['scopes', {}, { scopes: ['audit:read', 'api-keys:write'] }, 'INSUFFICIENT_SCOPE'],
      ['scopes', {}, { scopes: ['api-keys:write'], expires_at: null }, 'INSUFFICIENT_SCOPE'],
    ])(
      'does not let a caller widen %s of a key with a scope that the caller lacks: %j by %j',
      async (_of, bounds, fields, code) => {
        const { id, key } = await make(owner.session, { scopes: ['audit:read'], ...bounds });
        await app.database.query(`UPDATE api_keys SET expires_at = now() - interval '1 day' WHERE id = $1`, [id]);
        const before = await read(id);
        const changer = await withKey(owner.session, ['api-keys:write']);
        expectProblem(await change(changer, id, fields), code);
        expect(await read(id)).toEqual(before);
        expectProblem(await use(key), 'TOKEN_EXPIRED');
      },
    );

    it('does not let a key extend one that expires after itself, not even in two steps', async () => {
      const { id } = await make(owner.session, { scopes: ['knowledge:read'], allowed_ips: ['192.0.2.1'] });
      const changer = app.client.as((await make(owner.session, { scopes: SCOPES, expires_at: BOUNDS.expires_at })).key);
      expectProblem(await change(changer, id, { allowed_ips: null }), 'FORBIDDEN');
      expect((await change(changer, id, { expires_at: NARROWER.expires_at })).status).toBe(200);
      expect((await change(changer, id, { allowed_ips: null })).status).toBe(200);
      expectProblem(await change(changer, id, { expires_at: null }), 'FORBIDDEN');
    });

    it('does not restore what was taken away', async () => {
      const { id } = await make(owner.session, { rate_limit: 20_000 });
      expect((await change(maker, id, { rate_limit: 19_999 })).status).toBe(200);
      expectProblem(await change(maker, id, { rate_limit: 20_000 }), 'FORBIDDEN');
    });

    it.each<[ErrorCode, object]>([
      ['FORBIDDEN', { rate_limit: BOUNDS.rate_limit }],
      ['INSUFFICIENT_SCOPE', { scopes: SCOPES }],
    ])('does not undo a narrowing that happens during the request: %s', async (code, fields) => {
      const { id, key } = await make(owner.session, { scopes: SCOPES, ...BOUNDS });
      expect((await use(key)).status).toBe(200);
      await app.database.query('BEGIN');
      const narrow = `UPDATE api_keys SET rate_limit = 5, scopes = '{api-keys:write}' WHERE id = $1`;
      await app.database.query(narrow, [id]);
      const changing = change(app.client.as(key), id, fields);
      await untilBlocking(app.database);
      await app.database.query('COMMIT');
      expectProblem(await changing, code);
      expect(await read(id)).toMatchObject({ rate_limit: 5, scopes: ['api-keys:write'] });
    });
  });
});

describe('POST /api/v1/api-keys/{id}/rotate by a key', () => {
  describe('200', () => {
    it('rotates a bounded key itself, and keys within its bounds', async () => {
      const own = await make(owner.session, { scopes: SCOPES, ...BOUNDS });
      const within = await make(owner.session, NARROWER);
      for (const { id } of [within, own]) {
        const { status, body } = await rotate(app.client.as(own.key), id);
        expect(status).toBe(200);
        expect((await use(body.key)).status).toBe(200);
      }
    });
  });

  describe('403', () => {
    it.each(EXCESSES)('returns no key that has more than the caller: %s, for %s', async (detail, _shown, excess) => {
      const { id } = await make(owner.session, { ...NARROWER, ...excess });
      const before = await read(id);
      const answer = await rotate(maker, id);
      expect(expectProblem(answer, 'FORBIDDEN').detail).toBe(`A key can only grant what its creator has: ${detail}.`);
      expect(await read(id)).toEqual(before);
    });

    it('applies within the sandbox', async () => {
      const test = { environment: 'test', scopes: SCOPES };
      const sandbox = app.client.as((await make(owner.session, { ...test, ...BOUNDS })).key);
      const { id } = await make(await withKey(owner.session, SCOPES, 'test'), test);
      expectProblem(await rotate(sandbox, id), 'FORBIDDEN');
      expectProblem(await change(sandbox, (await make(sandbox, test)).id, { rate_limit: 9001 }), 'FORBIDDEN');
    });

    it('does not replay to a bounded key the secret for another key with the same scopes', async () => {
      const { id } = await make(owner.session);
      const headers = { 'idempotency-key': randomUUID() };
      const unbounded = await withKey(owner.session, SCOPES);
      const { key } = (await unbounded.post<ApiKey>(`${KEYS}/${id}/rotate`, {}, { headers })).body;
      const answer = await maker.post(`${KEYS}/${id}/rotate`, {}, { headers });
      expectProblem(answer, 'IDEMPOTENCY_KEY_REUSED');
      expect(JSON.stringify(answer.body)).not.toContain(key);
    });
  });
});
