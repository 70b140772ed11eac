import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allScopes } from '../../src/identity/permissions/scopes.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectInvalid, expectProblem, named, NO_ID, TIME, withoutIds } from '../harness/expectations.js';

interface ApiKey {
  id: string;
  key: string;
  hint: string;
  scopes: string[];
  created_at: string;
  updated_at: string;
  rotated_at: string;
  previous_key_expires_at: string;
}

const KEYS = '/api/v1/api-keys';
const FAR = '2100-01-01T00:00:00.000Z';

let app: RunningApp;
let owner: Account;
let stranger: Account;
beforeAll(async () => {
  app = await sharedApp();
  [owner, stranger] = await Promise.all([register(app.client), register(app.client)]);
});
afterAll(() => app.close());

const make = async (client: TestClient, overrides: object = {}): Promise<ApiKey> => {
  const { status, body } = await client.post<ApiKey>(KEYS, { name: 'Test', scopes: ['knowledge:read'], ...overrides });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
};
const rotate = (client: TestClient, id: string, body?: object): Promise<Answer<ApiKey>> =>
  client.post<ApiKey>(`${KEYS}/${id}/rotate`, body);
const use = (key: string) => app.client.as(key).get('/api/v1/knowledge');
const shown = ({ key: _key, ...body }: ApiKey): object => body;
const auditOf = (id: string) =>
  app.database.query<{ action: string; actor_id: string; details: object }>(
    'SELECT action, actor_id, details FROM audit_log WHERE target_id = $1 ORDER BY sequence',
    [id],
  );
const makeSuperuser = ({ userId }: Account) =>
  app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [userId]);

describe('PATCH /api/v1/api-keys/{id}', () => {
  describe('200', () => {
    it('changes each field, and removes restrictions with null', async () => {
      const made = await make(owner.session);
      const change = {
        name: 'Renamed',
        scopes: ['tasks:read', 'knowledge:read'],
        rate_limit: 1_000_000,
        allowed_ips: ['127.0.0.1', '10.1.2.3/8', '2001:DB8::/32', '::ffff:10.0.0.1', '10.0.0.1/32'],
        expires_at: FAR,
      };
      const { status, body } = await owner.session.patch<ApiKey>(`${KEYS}/${made.id}`, change);
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          ...shown(made),
          ...change,
          allowed_ips: ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32', '10.0.0.1'],
          updated_at: expect.stringMatching(TIME),
        },
      });
      const free = { rate_limit: null, allowed_ips: null, expires_at: null };
      expect((await owner.session.patch<ApiKey>(`${KEYS}/${made.id}`, free)).body).toMatchObject(free);
      expect((await owner.session.get(`${KEYS}/${made.id}`)).body).toMatchObject({ name: 'Renamed', ...free });
    });

    it('applies immediately, also to a key in use', async () => {
      const { id, key } = await make(owner.session);
      expect((await use(key)).status).toBe(200);
      await owner.session.patch(`${KEYS}/${id}`, { scopes: ['tasks:read'] });
      expectProblem(await use(key), 'INSUFFICIENT_SCOPE');
      await owner.session.patch(`${KEYS}/${id}`, { scopes: ['knowledge:read'] });
      expect((await use(key)).status).toBe(200);
    });

    it('reports the changes, and nothing if nothing changed', async () => {
      const made = await make(owner.session);
      const same = await owner.session.patch<ApiKey>(`${KEYS}/${made.id}`, { name: 'Test', rate_limit: null });
      expect(same.body).toEqual(shown(made));
      expect((await owner.session.patch(`${KEYS}/${made.id}`, {})).body).toEqual(shown(made));
      await owner.session.patch(`${KEYS}/${made.id}`, { name: 'Test', rate_limit: 5, scopes: ['tasks:read'] });
      const changed = { changed: ['scopes', 'rate_limit'] };
      const details = { name: 'Test', hint: made.hint };
      expect(await auditOf(made.id)).toEqual([
        { action: 'api_key.created', actor_id: owner.userId, details },
        { action: 'api_key.updated', actor_id: owner.userId, details: { ...details, ...changed } },
      ]);
      const events = await app.database.query<{ payload: object }>(
        `SELECT payload FROM events WHERE subject = $1 AND type = 'api_key.updated'`,
        [made.id],
      );
      expect(events).toEqual([{ payload: { ...details, environment: 'live', ...changed } }]);
    });

    it('lets a key remove scopes that it lacks, and exchange those that it has', async () => {
      const { id } = await make(owner.session, { scopes: ['knowledge:read', 'tasks:write', 'tasks:read'] });
      const changer = await withKey(owner.session, ['api-keys:write', 'billing:read', 'tasks:read']);
      for (const scopes of [['tasks:read'], ['billing:read']]) {
        expect((await changer.patch<ApiKey>(`${KEYS}/${id}`, { scopes })).body.scopes).toEqual(scopes);
      }
    });
  });

  describe('403', () => {
    it('adds no scope that the caller lacks', async () => {
      const { id } = await make(owner.session, { scopes: ['knowledge:read', 'tasks:read'] });
      const changer = await withKey(owner.session, [
        'api-keys:write',
        'tasks:read',
        'knowledge:read',
        'knowledge:write',
      ]);
      const scopes = ['knowledge:read', 'knowledge:write', 'billing:write'];
      const { detail } = expectProblem(await changer.patch(`${KEYS}/${id}`, { scopes }), 'INSUFFICIENT_SCOPE');
      expect(detail).toContain('billing:write');
      expect(detail).not.toContain('knowledge');
      expect((await owner.session.get<ApiKey>(`${KEYS}/${id}`)).body.scopes).toEqual(['knowledge:read', 'tasks:read']);
    });

    it('does not let a key widen itself', async () => {
      const { id, key } = await make(owner.session, { scopes: ['api-keys:write'] });
      expectProblem(await app.client.as(key).patch(`${KEYS}/${id}`, { scopes: allScopes }), 'INSUFFICIENT_SCOPE');
    });
  });

  describe('404', () => {
    it('is returned for a key of another organization, to a test key, and for a revoked key', async () => {
      const [live, revoked] = await Promise.all([make(owner.session), make(owner.session)]);
      await owner.session.delete(`${KEYS}/${revoked.id}`);
      const sandbox = await withKey(owner.session, allScopes, 'test');
      const never = await owner.session.patch(`${KEYS}/${NO_ID}`, { name: 'Mine' });
      for (const answer of [
        await stranger.session.patch(`${KEYS}/${live.id}`, { name: 'Mine' }),
        await sandbox.patch(`${KEYS}/${live.id}`, { name: 'Mine' }),
        await owner.session.patch(`${KEYS}/${revoked.id}`, { name: 'Mine' }),
      ]) {
        expectProblem(answer, 'NOT_FOUND');
        expect(withoutIds(answer)).toEqual(withoutIds(never));
      }
    });
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['name', { name: '' }],
        ['name', { name: null }],
        ['scopes', { scopes: [] }],
        ['scopes', { scopes: null }],
        ['scopes', { scopes: ['everything'] }],
        ['rate_limit', { rate_limit: 0 }],
        ['rate_limit', { rate_limit: 1_000_001 }],
        ['rate_limit', { rate_limit: 1.5 }],
        ['rate_limit', { rate_limit: '5' }],
        ['expires_at', { expires_at: '2020-01-01T00:00:00Z' }],
        ['expires_at', { expires_at: 'never' }],
        ['allowed_ips', { allowed_ips: [] }],
        ['environment', { environment: 'test' }],
        ['kind', { kind: 'internal' }],
        ['key', { key: 'parl_live_sk_mine' }],
      ]),
    )('rejects %s in %s', async (field, _shown, change) => {
      const { id } = await make(owner.session);
      expectInvalid(await owner.session.patch(`${KEYS}/${id}`, change), field);
    });
  });
});

describe('POST /api/v1/api-keys/{id}/rotate', () => {
  describe('200', () => {
    it('replaces the secret, and keeps the rest', async () => {
      const made = await make(owner.session, { rate_limit: 7, allowed_ips: ['127.0.0.1'], expires_at: FAR });
      const { status, body } = await rotate(owner.session, made.id);
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          ...made,
          key: expect.stringMatching(/^parl_live_sk_[0-9A-Za-z]{38}$/),
          hint: `${body.key.slice(0, 17)}…`,
          rotated_at: expect.stringMatching(TIME),
          previous_key_expires_at: body.rotated_at,
          updated_at: expect.stringMatching(TIME),
        },
      });
      expect(body.key).not.toBe(made.key);
      expect((await use(body.key)).status).toBe(200);
    });

    it('ends the old secret immediately without an overlap, also during its use', async () => {
      const { id, key } = await make(owner.session);
      expect((await use(key)).status).toBe(200);
      await rotate(owner.session, id, { overlap_seconds: 0 });
      expectProblem(await use(key), 'TOKEN_REVOKED');
    });

    it('accepts the old secret during the overlap only', async () => {
      const { id, key } = await make(owner.session);
      const { body } = await rotate(owner.session, id, { overlap_seconds: 1 });
      expect(Date.parse(body.previous_key_expires_at) - Date.parse(body.rotated_at)).toBe(1_000);
      expect((await use(key)).status).toBe(200);
      await eventually(async () => {
        expectProblem(await use(key), 'TOKEN_EXPIRED');
      });
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(body.previous_key_expires_at));
      expect((await use(body.key)).status).toBe(200);
    });

    it('gives the old secret only the rights of the new one', async () => {
      const { id, key } = await make(owner.session);
      await rotate(owner.session, id, { overlap_seconds: 604_800 });
      expect((await use(key)).status).toBe(200);
      await owner.session.patch(`${KEYS}/${id}`, { scopes: ['tasks:read'] });
      expectProblem(await use(key), 'INSUFFICIENT_SCOPE');
      await owner.session.delete(`${KEYS}/${id}`);
      expectProblem(await use(key), 'TOKEN_REVOKED');
    });

    it('ends the secret before last immediately', async () => {
      const first = await make(owner.session);
      const second = (await rotate(owner.session, first.id, { overlap_seconds: 600 })).body;
      expect((await use(first.key)).status).toBe(200);
      const third = (await rotate(owner.session, first.id, { overlap_seconds: 600 })).body;
      expectProblem(await use(first.key), 'UNAUTHORIZED');
      for (const { key } of [second, third]) expect((await use(key)).status).toBe(200);
    });

    it('keeps the last two secrets of concurrent rotations, and no other', async () => {
      const { id, key } = await make(owner.session);
      const calls = Array.from({ length: 6 }, () => rotate(owner.session, id, { overlap_seconds: 600 }));
      const rotated = (await Promise.all(calls)).map(({ body }) => body.key);
      expect(new Set(rotated).size).toBe(6);
      const working: string[] = [];
      for (const secret of [key, ...rotated]) if ((await use(secret)).status === 200) working.push(secret);
      expect(working).toHaveLength(2);
      expect(working).not.toContain(key);
      await rotate(owner.session, id);
      for (const secret of working) expect((await use(secret)).status).toBe(401);
    });

    it('lets a key rotate itself', async () => {
      const { id, key } = await make(owner.session, { scopes: ['api-keys:write', 'knowledge:read'] });
      const { status, body } = await rotate(app.client.as(key), id);
      expect(status).toBe(200);
      expect((await use(body.key)).status).toBe(200);
      expectProblem(await use(key), 'TOKEN_REVOKED');
    });

    it('is reported to people and in the audit log, without the secret', async () => {
      const account = await register(app.client);
      const made = await make(account.session);
      const { body } = await rotate(account.session, made.id, { overlap_seconds: 60 });
      await eventually(async () => {
        const { body: list } = await account.session.get<{ data: { message: string }[] }>('/api/v1/notifications');
        expect(list.data[0]?.message).toContain(body.hint);
        expect(JSON.stringify(list)).not.toContain(body.key);
      });
      expect((await auditOf(made.id)).at(-1)).toEqual({
        action: 'api_key.rotated',
        actor_id: account.userId,
        details: { name: 'Test', hint: body.hint, previous_key_expires_at: body.previous_key_expires_at },
      });
    });
  });

  describe('403', () => {
    it('returns no key with more rights than the caller', async () => {
      const { id, key } = await make(owner.session, { scopes: ['knowledge:read', 'billing:write'] });
      const weaker = await withKey(owner.session, ['api-keys:write', 'api-keys:read', 'knowledge:read']);
      const { detail } = expectProblem(await rotate(weaker, id), 'INSUFFICIENT_SCOPE');
      expect(detail).toContain('billing:write');
      expect((await use(key)).status).toBe(200);
    });

    it('requires a recent sign-in from people, like creating a key, but not from keys', async () => {
      const { session, userId, email } = await register(app.client);
      const { id } = await make(session);
      const key = await withKey(session, ['api-keys:write', 'knowledge:read']);
      const signIn = async (): Promise<TestClient> => {
        const { body } = await app.client.post<{ access_token: string }>('/auth/login', { email, password: PASSWORD });
        return app.client.as(body.access_token);
      };
      const old = await signIn();
      const past = `UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE user_id = $1`;
      await app.database.query(past, [userId]);
      const request = { name: 'Test', scopes: ['knowledge:read'] };
      for (const answer of [await old.post(KEYS, request), await rotate(old, id)]) {
        expectProblem(answer, 'FORBIDDEN');
        expect(answer.headers.get('www-authenticate')).toContain('insufficient_user_authentication');
      }
      expect((await old.patch(`${KEYS}/${id}`, { name: 'Renamed' })).status).toBe(200);
      for (const client of [await signIn(), key]) expect((await rotate(client, id)).status).toBe(200);
    });
  });

  describe('404', () => {
    it('is returned for a key of another organization, to a test key, and for a revoked key', async () => {
      const [live, revoked] = await Promise.all([make(owner.session), make(owner.session)]);
      await owner.session.delete(`${KEYS}/${revoked.id}`);
      const sandbox = await withKey(owner.session, allScopes, 'test');
      for (const answer of [
        await rotate(stranger.session, live.id),
        await rotate(sandbox, live.id),
        await rotate(owner.session, revoked.id),
        await rotate(owner.session, NO_ID),
      ]) {
        expectProblem(answer, 'NOT_FOUND');
      }
      expect((await use(live.key)).status).toBe(200);
    });
  });

  describe('422', () => {
    it.each([-1, 604_801, 1.5, '60', null])('rejects an overlap of %j', async (overlap) => {
      const { id } = await make(owner.session);
      expectInvalid(await rotate(owner.session, id, { overlap_seconds: overlap }), 'overlap_seconds');
    });
  });
});

describe('an internal key', () => {
  let operator: Account;
  beforeAll(async () => {
    operator = await register(app.client);
    await makeSuperuser(operator);
  });

  it('is created by a superuser, and works', async () => {
    const made = await make(operator.session, { kind: 'internal' });
    expect(made).toMatchObject({ kind: 'internal' });
    expect((await use(made.key)).status).toBe(200);
  });

  it('cannot be created by anyone else: no owner, and no key of a superuser, not even an internal one', async () => {
    const internal = await make(operator.session, { kind: 'internal', scopes: ['api-keys:write', 'knowledge:read'] });
    const standard = await withKey(operator.session, ['api-keys:write', 'knowledge:read']);
    const request = { name: 'Test', kind: 'internal', scopes: ['knowledge:read'] };
    for (const client of [owner.session, standard, app.client.as(internal.key)]) {
      expectProblem(await client.post(KEYS, request), 'FORBIDDEN');
    }
  });

  it('cannot be changed or rotated by anyone else, but can be revoked by all who may revoke keys', async () => {
    const { id } = await make(operator.session, { kind: 'internal' });
    const key = await withKey(operator.session, allScopes);
    expectProblem(await key.patch(`${KEYS}/${id}`, { allowed_ips: null }), 'FORBIDDEN');
    expectProblem(await rotate(key, id), 'FORBIDDEN');
    expect((await operator.session.patch(`${KEYS}/${id}`, { name: 'Renamed' })).status).toBe(200);
    expect((await rotate(operator.session, id)).status).toBe(200);
    expect((await key.delete(`${KEYS}/${id}`)).status).toBe(204);
  });
});
