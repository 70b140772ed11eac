import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiKeysRepository } from '../../src/identity/api-keys/api-keys.repository.js';
import { makeKey } from '../../src/identity/api-keys/key-format.js';
import { allScopes } from '../../src/identity/permissions/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import {
  expectInvalid,
  expectProblem,
  named,
  NO_ID,
  TIME,
  UUID,
  withoutIds,
  type Page,
} from '../harness/expectations.js';

interface ApiKey {
  id: string;
  name: string;
  key: string;
  hint: string;
  last_used_at: string | null;
  updated_at: string;
}

const KEYS = '/api/v1/api-keys';

let app: TestApp;
let owner: Account;
let stranger: Account;
beforeAll(async () => {
  app = await startApp();
  [owner, stranger] = await Promise.all([register(app.client), register(app.client)]);
});
afterAll(() => app.close());

const make = (client: TestClient, overrides: object = {}): Promise<Answer<ApiKey>> =>
  client.post<ApiKey>(KEYS, { name: 'Test', scopes: ['knowledge:read'], ...overrides });
const list = (client: TestClient, query = ''): Promise<Answer<Page<ApiKey>>> => client.get<Page<ApiKey>>(KEYS + query);

describe('POST /api/v1/api-keys', () => {
  describe('201', () => {
    it('creates a live key', async () => {
      const { status, headers, body } = await make(owner.session, { scopes: ['knowledge:read', 'tasks:write'] });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(UUID),
        name: 'Test',
        environment: 'live',
        parent_id: null,
        descendant_count: 0,
        key: expect.stringMatching(/^parl_live_sk_[0-9A-Za-z]{38}$/),
        hint: `${body.key.slice(0, 17)}…`,
        scopes: ['knowledge:read', 'tasks:write'],
        kind: 'standard',
        rate_limit: null,
        api_version: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        allowed_ips: null,
        created_by: owner.userId,
        created_at: expect.stringMatching(TIME),
        updated_at: expect.stringMatching(TIME),
        expires_at: null,
        last_used_at: null,
        last_used_ip: null,
        rotated_at: null,
        previous_key_expires_at: null,
      });
      expect(headers.get('location')).toBe(`${KEYS}/${body.id}`);
    });

    it('creates a test key', async () => {
      const { body } = await make(owner.session, { environment: 'test' });
      expect(body).toMatchObject({ environment: 'test', key: expect.stringMatching(/^parl_test_sk_/) });
    });

    it('shows the key once, and stores only its hash', async () => {
      const { body } = await make(owner.session);
      const read = await owner.session.get(`${KEYS}/${body.id}`);
      const listed = await list(owner.session);
      const secret = body.key.slice('parl_live_sk_'.length);
      for (const answer of [read, listed]) expect(JSON.stringify(answer.body)).not.toContain(secret);
      expect(read.body).not.toHaveProperty('key');
      expect(read.body).not.toHaveProperty('hash');
      const tables = await app.database.query<{ name: string }>(
        `SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
      );
      for (const { name } of tables) {
        const found = await app.database.query(`SELECT 1 FROM ${name} t WHERE t::text LIKE $1`, [`%${secret}%`]);
        expect({ name, found }).toEqual({ name, found: [] });
      }
      const [row] = await app.database.query<{ hash: string }>('SELECT hash FROM api_keys WHERE id = $1', [body.id]);
      expect(row?.hash).toMatch(/^[\w-]{43}$/);
    });

    it('lets a key create keys within its own scopes', async () => {
      const maker = await withKey(owner.session, ['api-keys:write', 'knowledge:read']);
      expect((await make(maker, { scopes: ['knowledge:read'] })).status).toBe(201);
    });

    it('creates a key with its own limit and addresses, each once in canonical form', async () => {
      const { body } = await make(owner.session, {
        rate_limit: 1,
        allowed_ips: ['10.1.2.3/8', '10.0.0.0/8', '2001:DB8:0::1', '::ffff:192.0.2.1'],
      });
      expect(body).toMatchObject({ rate_limit: 1, allowed_ips: ['10.0.0.0/8', '2001:db8::1', '192.0.2.1'] });
    });

    it('accepts a name of 100 characters of any number of bytes', async () => {
      expect((await make(owner.session, { name: '𝄞'.repeat(100) })).status).toBe(201);
    });
  });

  describe('403', () => {
    it('grants no scope that the creator lacks', async () => {
      const maker = await withKey(owner.session, ['api-keys:write', 'knowledge:read']);
      const answer = await make(maker, { scopes: ['knowledge:read', 'knowledge:write'] });
      const { detail } = expectProblem(answer, 'INSUFFICIENT_SCOPE');
      expect(detail).toContain('knowledge:write');
      expect(detail).not.toContain('knowledge:read');
    });

    it('lets a test key create only test keys of its sandbox', async () => {
      const maker = await withKey(owner.session, ['api-keys:write', 'api-keys:read', 'knowledge:read'], 'test');
      expectProblem(await make(maker, { environment: 'live' }), 'FORBIDDEN');
      expect(await make(maker)).toMatchObject({ status: 201, body: { environment: 'test' } });
      const { status, body } = await make(maker, { environment: 'test' });
      expect(status).toBe(201);
      expect((await maker.as(body.key).get('/api/v1/knowledge')).status).toBe(200);
    });
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['name', { name: '' }],
        ['name', { name: ' ' }],
        ['name', { name: 'x'.repeat(101) }],
        ['name', { name: undefined }],
        ['name.toString', { name: { toString: 'x' } }],
        ['scopes', { scopes: [] }],
        ['scopes', { scopes: ['everything'] }],
        ['scopes', { scopes: ['knowledge:read', 'knowledge:read'] }],
        ['scopes', { scopes: 'knowledge:read' }],
        ['scopes', { scopes: null }],
        ['environment', { environment: 'production' }],
        ['environment', { environment: null }],
        ['expires_at', { expires_at: 'tomorrow' }],
        ['expires_at', { expires_at: '2020-01-01T00:00:00Z' }],
        ['expires_at', { expires_at: '2030-W10' }],
        ['expires_at', { expires_at: '2030-02-30T00:00:00Z' }],
        ['expires_at', { expires_at: '+275760-01-01T00:00:00Z' }],
        ['expires_at', { expires_at: 4102444800 }],
        ['rate_limit', { rate_limit: 0 }],
        ['rate_limit', { rate_limit: 1_000_001 }],
        ['rate_limit', { rate_limit: 0.5 }],
        ['allowed_ips', { allowed_ips: [] }],
        ['allowed_ips', { allowed_ips: '10.0.0.1' }],
        ['allowed_ips', { allowed_ips: Array.from({ length: 51 }, (_, i) => `10.0.0.${i}`) }],
        ['allowed_ips', { allowed_ips: [42] }],
        ['kind', { kind: 'superuser' }],
        ['kind', { kind: null }],
        ['key', { key: 'parl_live_sk_mine' }],
        ['organization_id', { organization_id: NO_ID }],
      ]),
    )('rejects %s in %s', async (field, _shown, overrides) => {
      expectInvalid(await make(owner.session, overrides), field);
    });

    it('names the entry that is neither an address nor a block', async () => {
      const answer = await make(owner.session, { allowed_ips: ['10.0.0.1', '10.0.0.0/33', '::/129'] });
      expect(expectProblem(answer, 'VALIDATION_ERROR').errors?.[0]?.message).toContain('"10.0.0.0/33"');
    });
  });
});

describe('an API key', () => {
  it('acts in the live organization or in its sandbox, and neither sees the other', async () => {
    const scopes = ['knowledge:read', 'knowledge:write', 'conversations:read', 'conversations:write'];
    const live = await withKey(owner.session, scopes);
    const test = await withKey(owner.session, scopes, 'test');
    const callers = { live, test };
    const ids: Record<string, string> = {};
    for (const [environment, client] of Object.entries(callers)) {
      const content = `The ${environment} password of the vault is swordfish.`;
      const { body } = await client.post<{ id: string }>('/api/v1/knowledge', { title: environment, content });
      ids[environment] = body.id;
      await client.post('/api/v1/conversations', { title: environment });
    }
    for (const [environment, other] of [
      ['live', 'test'],
      ['test', 'live'],
    ] as const) {
      const client = callers[environment];
      const entries = await client.get<Page<{ title: string }>>('/api/v1/knowledge');
      expect(entries.body.data.map(({ title }) => title)).toEqual([environment]);
      const conversations = await client.get<Page<{ title: string }>>('/api/v1/conversations');
      expect(conversations.body.data.map(({ title }) => title)).toEqual([environment]);
      expectProblem(await client.get(`/api/v1/knowledge/${ids[other]}`), 'NOT_FOUND');
      const found = await client.get<{ data: { document_id: string }[] }>('/api/v1/knowledge/search?q=vault+password');
      expect(found.body.data.map(({ document_id }) => document_id)).toEqual([ids[environment]]);
      const answer = await client.post<{ sources: { document_id: string }[] }>('/api/v1/chat', {
        message: 'What is the password of the vault?',
      });
      expect(answer.body.sources.map(({ document_id }) => document_id)).toEqual([ids[environment]]);
    }
    const bySession = await owner.session.get<Page<{ title: string }>>('/api/v1/knowledge');
    expect(bySession.body.data.map(({ title }) => title)).toEqual(['live']);
  });

  it('shows when and from where it was last used', async () => {
    const { body } = await make(owner.session);
    await app.client.as(body.key).get('/api/v1/knowledge');
    await eventually(async () => {
      const read = await owner.session.get<ApiKey>(`${KEYS}/${body.id}`);
      expect(Date.now() - Date.parse(read.body.last_used_at as string)).toBeLessThan(60_000);
      expect(read.body).toMatchObject({ last_used_ip: '127.0.0.1', updated_at: body.updated_at });
    });
  });

  it('can do what its scopes allow, and nothing else', async () => {
    const reader = await withKey(owner.session, ['knowledge:read']);
    expect((await reader.get('/api/v1/knowledge')).status).toBe(200);
    const { detail } = expectProblem(await reader.post('/api/v1/knowledge', {}), 'INSUFFICIENT_SCOPE');
    expect(detail).toContain('knowledge:write');
    const writer = await withKey(owner.session, ['knowledge:write']);
    expect(expectProblem(await writer.get('/api/v1/knowledge'), 'INSUFFICIENT_SCOPE').detail).toContain(
      'knowledge:read',
    );
  });

  it('can have every scope of an owner', async () => {
    expect((await make(owner.session, { scopes: allScopes })).status).toBe(201);
  });

  it('works only from its addresses, and ignores X-Forwarded-For if no proxy is trusted', async () => {
    const [here, elsewhere] = await Promise.all([
      make(owner.session, { allowed_ips: ['127.0.0.1'] }),
      make(owner.session, { allowed_ips: ['192.0.2.7', '2001:db8::/32'] }),
    ]);
    for (const claimed of ['192.0.2.7', '2001:db8::1', '127.0.0.1, 192.0.2.7', '192.0.2.7, 127.0.0.1']) {
      const headers = { 'x-forwarded-for': claimed, 'x-real-ip': claimed, forwarded: `for="${claimed}"` };
      expect((await app.client.as(here.body.key).get('/api/v1/knowledge', { headers })).status).toBe(200);
      expectProblem(await app.client.as(elsewhere.body.key).get('/api/v1/knowledge', { headers }), 'FORBIDDEN');
    }
  });

  describe('401', () => {
    const spyOnLookUps = () => vi.spyOn(app.nest.get(ApiKeysRepository, { strict: false }), 'findByHash');
    afterEach(() => {
      vi.restoreAllMocks();
    });

    it.each<[string, (key: string) => string]>([
      ['a broken checksum', (key) => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')],
      ['a changed character', (key) => key.replace(/_sk_./, (start) => `_sk_${start.endsWith('x') ? 'y' : 'x'}`)],
      ['a character too few', (key) => key.slice(0, -1)],
      ['a character too many', (key) => `${key}0`],
      ['a character that no key has', (key) => `${key.slice(0, -1)}!`],
      ['another environment', (key) => key.replace('_live_', '_test_')],
      ['another kind', (key) => key.replace('_sk_', '_pk_')],
      ['nothing but the prefix', () => 'parl_'],
    ])('is refused with %s, without a query to the database', async (_what, spoil) => {
      const { body } = await make(owner.session);
      const asked = spyOnLookUps();
      expectProblem(await app.client.as(spoil(body.key)).get(KEYS), 'UNAUTHORIZED');
      expect(asked).not.toHaveBeenCalled();
    });

    it('is refused if it is well-formed but was never created', async () => {
      const asked = spyOnLookUps();
      expectProblem(await app.client.as(makeKey('parl', 'live')).get(KEYS), 'UNAUTHORIZED');
      expect(asked).toHaveBeenCalled();
    });

    it('is refused immediately when revoked, cached or not', async () => {
      const [used, unused] = await Promise.all([make(owner.session), make(owner.session)]);
      const client = app.client.as(used.body.key);
      expect((await client.get('/api/v1/knowledge')).status).toBe(200);
      for (const { body } of [used, unused]) {
        expect((await owner.session.delete(`${KEYS}/${body.id}`)).status).toBe(204);
        expectProblem(await app.client.as(body.key).get('/api/v1/knowledge'), 'TOKEN_REVOKED');
      }
    });

    it('is refused while its organization is closed, also when it was created within the sandbox', async () => {
      const { session, organizationId } = await register(app.client);
      const maker = await withKey(session, ['api-keys:write', 'knowledge:read'], 'test');
      const { body } = await make(maker, { environment: 'test' });
      await app.database.query('UPDATE organizations SET suspended_at = now() WHERE id = $1', [organizationId]);
      expectProblem(await app.client.as(body.key).get('/api/v1/knowledge'), 'TOKEN_REVOKED');
    });

    it('is refused once it expires, even while it is cached', async () => {
      const soon = new Date(Date.now() + 1_000).toISOString();
      const { body } = await make(owner.session, { expires_at: soon });
      const client = app.client.as(body.key);
      expect((await client.get('/api/v1/knowledge')).status).toBe(200);
      await eventually(async () => {
        expectProblem(await client.get('/api/v1/knowledge'), 'TOKEN_EXPIRED');
      });
      expect(Date.now()).toBeGreaterThan(Date.parse(soon));
    });
  });
});

describe('GET /api/v1/api-keys', () => {
  let account: Account;
  beforeAll(async () => {
    account = await register(app.client);
    for (const name of ['1', '2', '3', '4', '5']) await make(account.session, { name });
  });
  const names = ({ body }: Answer<Page<ApiKey>>): string[] => body.data.map(({ name }) => name);

  describe('200', () => {
    it('lists the newest first', async () => {
      const answer = await list(account.session);
      expect(names(answer)).toEqual(['5', '4', '3', '2', '1']);
      expect(answer.body).toMatchObject({ next_cursor: null, has_more: false });
    });

    it('returns pages that do not shift while keys are added', async () => {
      const first = await list(account.session, '?limit=2');
      expect(first.body).toMatchObject({ has_more: true, next_cursor: expect.any(String) });
      await make(account.session, { name: '6' });
      const second = await list(account.session, `?limit=2&cursor=${first.body.next_cursor}`);
      const third = await list(account.session, `?limit=2&cursor=${second.body.next_cursor}`);
      expect([first, second, third].map(names)).toEqual([['5', '4'], ['3', '2'], ['1']]);
      expect(third.body).toMatchObject({ next_cursor: null, has_more: false });
    });

    it('has no next page if the last one is full', async () => {
      const { body } = await list(account.session, '?limit=6');
      expect({ count: body.data.length, more: body.has_more }).toEqual({ count: 6, more: false });
    });

    it('omits revoked keys', async () => {
      const { body } = await make(account.session, { name: 'gone' });
      await account.session.delete(`${KEYS}/${body.id}`);
      expect(names(await list(account.session))).not.toContain('gone');
    });
  });

  describe('400', () => {
    it.each(['garbage', '%20', '', 'AAAA', `${'A'.repeat(21)}B`, 'AZjyoAAAcACAAAAAAAAAAA==', 'x'.repeat(100)])(
      'rejects the cursor %j',
      async (cursor) => {
        expectProblem(await list(account.session, `?cursor=${cursor}`), 'INVALID_CURSOR');
      },
    );
  });

  describe('422', () => {
    it.each(['0', '101', '-1', 'abc', '1.5', '', '1e999', 'NaN'])('rejects the limit %j', async (limit) => {
      expectInvalid(await list(account.session, `?limit=${limit}`), 'limit');
    });

    it('rejects an unknown parameter', async () => {
      const answer = await list(account.session, '?offset=10');
      expectInvalid(answer, 'offset');
      expect(expectProblem(answer, 'VALIDATION_ERROR').errors?.[0]?.location).toBe('query');
    });
  });
});

describe('GET and DELETE /api/v1/api-keys/{id}', () => {
  describe('200', () => {
    it('returns a key', async () => {
      const { body } = await make(owner.session);
      const { key: _key, ...shown } = body;
      expect((await owner.session.get(`${KEYS}/${body.id}`)).body).toEqual(shown);
      expect((await owner.session.get(`${KEYS}/${body.id.toUpperCase()}`)).body).toEqual(shown);
    });
  });

  describe('204', () => {
    it('revokes a key', async () => {
      const { body } = await make(owner.session);
      const answer = await owner.session.delete(`${KEYS}/${body.id}`);
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 204, body: '' });
      expectProblem(await owner.session.get(`${KEYS}/${body.id}`), 'NOT_FOUND');
    });

    it('lets a key revoke itself', async () => {
      const { body } = await make(owner.session, { scopes: ['api-keys:write'] });
      const client = app.client.as(body.key);
      expect((await client.delete(`${KEYS}/${body.id}`)).status).toBe(204);
      expectProblem(await client.delete(`${KEYS}/${body.id}`), 'TOKEN_REVOKED');
    });
  });

  describe('404', () => {
    it('is returned for a key that is already revoked', async () => {
      const { body } = await make(owner.session);
      const answers = await Promise.all([1, 2, 3].map(() => owner.session.delete(`${KEYS}/${body.id}`)));
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
    });

    it('is returned for another organization’s key, as for an unknown id', async () => {
      const { body } = await make(owner.session);
      for (const method of ['GET', 'DELETE']) {
        const foreign = await stranger.session.call(method, `${KEYS}/${body.id}`, {});
        const never = await stranger.session.call(method, `${KEYS}/${NO_ID}`, {});
        expectProblem(foreign, 'NOT_FOUND');
        expect(withoutIds(foreign)).toEqual(withoutIds(never));
      }
      expect((await owner.session.get(`${KEYS}/${body.id}`)).status).toBe(200);
    });

    it.each(['garbage', '123', `${NO_ID}0`])('is returned for %j, which is not an id', async (id) => {
      expectProblem(await owner.session.get(`${KEYS}/${id}`), 'NOT_FOUND');
    });
  });
});
