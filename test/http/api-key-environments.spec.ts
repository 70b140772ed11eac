import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { QueryRunner } from 'typeorm';
import { migrations } from '../../src/platform/database/migrations.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { expectProblem, NO_ID, withoutIds, type Page } from '../harness/expectations.js';

interface ApiKey {
  id: string;
  key: string;
  name: string;
  environment: string;
}

const KEYS = '/api/v1/api-keys';
const SCOPES = ['api-keys:read', 'api-keys:write', 'knowledge:read', 'audit:read'];

let app: TestApp;
let stranger: Account;
let owner: Account;
/** Keys of the owner that may manage keys. */
let live: TestClient;
let test: TestClient;
beforeAll(async () => {
  app = await startApp();
  stranger = await register(app.client);
});
afterAll(() => app.close());
beforeEach(async () => {
  owner = await register(app.client);
  [live, test] = [await withKey(owner.session, SCOPES), await withKey(owner.session, SCOPES, 'test')];
});

async function make(client: TestClient, name: string, environment = 'test'): Promise<ApiKey> {
  const { status, body } = await client.post<ApiKey>(KEYS, { name, environment, scopes: ['knowledge:read'] });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}
const namesSeenBy = async (client: TestClient, query = ''): Promise<string[]> =>
  (await client.get<Page<ApiKey>>(KEYS + query)).body.data.map(({ name }) => name);
const use = (key: string) => app.client.as(key).get('/api/v1/knowledge');
const rotate = (client: TestClient, id: string): Promise<Answer<ApiKey>> =>
  client.post<ApiKey>(`${KEYS}/${id}/rotate`, {});
const tellingOf = async (client: TestClient, id: string): Promise<string[]> =>
  (await client.get<Page<{ action: string }>>(`/api/v1/audit-log?target_id=${id}`)).body.data.map(
    ({ action }) => action,
  );

describe('a key that a test key created', () => {
  it('is visible to the people, live keys and test keys of its organization, with its usage', async () => {
    const { id, key } = await make(test, 'Made in test');
    expect((await use(key)).status).toBe(200);
    for (const client of [owner.session, live, test]) {
      expect(await namesSeenBy(client)).toContain('Made in test');
      expect((await client.get(`${KEYS}/${id}`)).body).toMatchObject({ environment: 'test', created_by: null });
      await eventually(async () => {
        const usage = await client.get(`${KEYS}/${id}/usage`);
        expect(usage).toMatchObject({ status: 200, body: { total_requests: 1 } });
        expect((await client.get(`${KEYS}/${id}`)).body).toMatchObject({ last_used_ip: '127.0.0.1' });
      });
    }
  });

  it('is revoked by a person, and refused immediately', async () => {
    const { id, key } = await make(test, 'Test');
    expect((await use(key)).status).toBe(200);
    expect((await owner.session.delete(`${KEYS}/${id}`)).status).toBe(204);
    expectProblem(await use(key), 'TOKEN_REVOKED');
    expectProblem(await test.get(`${KEYS}/${id}`), 'NOT_FOUND');
  });

  it('is changed and rotated by a person and by a live key, immediately', async () => {
    for (const client of [owner.session, live]) {
      const { id, key } = await make(test, 'Test');
      expect((await use(key)).status).toBe(200);
      expect((await client.patch(`${KEYS}/${id}`, { scopes: ['audit:read'] })).status).toBe(200);
      expectProblem(await use(key), 'INSUFFICIENT_SCOPE');
      const { status, body } = await rotate(client, id);
      expect({ status, key: body.key }).toEqual({ status: 200, key: expect.stringMatching(/^parl_test_sk_/) });
      expectProblem(await use(key), 'TOKEN_REVOKED');
    }
  });

  it('acts in the sandbox, like its creator', async () => {
    const writer = await withKey(owner.session, [...SCOPES, 'knowledge:write'], 'test');
    await writer.post('/api/v1/knowledge', { title: 'In the sandbox', content: 'Text.' });
    const { body } = await use((await make(writer, 'Test')).key);
    expect(body).toMatchObject({ data: [{ title: 'In the sandbox' }] });
  });

  it('is reported to the people and in the log of the organization, and not in that of the sandbox', async () => {
    const { id } = await make(test, 'Test');
    await test.patch(`${KEYS}/${id}`, { name: 'Renamed' });
    await rotate(test, id);
    await test.delete(`${KEYS}/${id}`);
    const actions = ['api_key.revoked', 'api_key.rotated', 'api_key.updated', 'api_key.created'];
    expect(await tellingOf(owner.session, id)).toEqual(actions);
    expect(await tellingOf(test, id)).toEqual([]);
    await eventually(async () => {
      const { body } = await owner.session.get<Page<{ data: { subject: string } }>>('/api/v1/notifications');
      expect(body.data.filter(({ data }) => data.subject === id)).toHaveLength(3);
    });
  });

  it('is created once per Idempotency-Key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const send = () => test.post<ApiKey>(KEYS, { name: 'Once', environment: 'test', scopes: SCOPES }, { headers });
    const [first, again] = [await send(), await send()];
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expect((await namesSeenBy(owner.session)).filter((name) => name === 'Once')).toHaveLength(1);
  });
});

describe('a test key', () => {
  it('lists the test keys of its organization, whoever created them, in pages', async () => {
    await make(owner.session, 'by a person');
    await make(owner.session, 'live', 'live');
    await make(live, 'by a live key');
    await make(live, 'live', 'live');
    await make(test, 'by a test key');
    await make(stranger.session, 'of somebody else');
    const mine = ['by a test key', 'by a live key', 'by a person', 'test'];
    expect(await namesSeenBy(test)).toEqual(mine);
    const { body } = await test.get<Page<ApiKey>>(`${KEYS}?limit=2`);
    expect(body).toMatchObject({ has_more: true, data: [{ name: mine[0] }, { name: mine[1] }] });
    expect(await namesSeenBy(test, `?limit=2&cursor=${body.next_cursor}`)).toEqual(mine.slice(2));
    expect(await namesSeenBy(owner.session)).toEqual([mine[0], 'live', mine[1], 'live', mine[2], 'test', 'test']);
  });

  it('creates a test key by default', async () => {
    const { status, body } = await test.post<ApiKey>(KEYS, { name: 'x', scopes: ['knowledge:read'] });
    expect({ status, body }).toMatchObject({ status: 201, body: { environment: 'test' } });
    expectProblem(await test.post(KEYS, { name: 'x', scopes: ['knowledge:read'], environment: 'live' }), 'FORBIDDEN');
  });

  it('changes, rotates, counts and revokes a test key that a person created', async () => {
    const { id, key } = await make(owner.session, 'Test');
    expect((await use(key)).status).toBe(200);
    expect((await test.patch(`${KEYS}/${id}`, { name: 'Renamed' })).body).toMatchObject({ name: 'Renamed' });
    expect((await test.get(`${KEYS}/${id}/usage`)).status).toBe(200);
    const { status, body } = await rotate(test, id);
    expect(status).toBe(200);
    expectProblem(await use(key), 'TOKEN_REVOKED');
    expect((await use(body.key)).status).toBe(200);
    expect((await test.delete(`${KEYS}/${id}`)).status).toBe(204);
    expectProblem(await use(body.key), 'TOKEN_REVOKED');
    expect((await owner.session.get(`${KEYS}/${id}`)).status).toBe(404);
  });

  it('revokes itself', async () => {
    const { id, key } = (await owner.session.post<ApiKey>(KEYS, { name: 'x', environment: 'test', scopes: SCOPES }))
      .body;
    expect((await app.client.as(key).delete(`${KEYS}/${id}`)).status).toBe(204);
    expectProblem(await use(key), 'TOKEN_REVOKED');
  });

  describe('404', () => {
    const CALLS: [string, string, object][] = [
      ['GET', '', {}],
      ['PATCH', '', { body: { name: 'Mine' } }],
      ['POST', '/rotate', { body: {} }],
      ['DELETE', '', {}],
      ['GET', '/usage', {}],
    ];

    it.each(CALLS)(
      'is returned for a live key as for a key that never existed: %s %s',
      async (method, path, request) => {
        const { id, key } = await make(owner.session, 'Live', 'live');
        const before = (await owner.session.get(`${KEYS}/${id}`)).body;
        const [foreign, never] = [
          await test.call(method, `${KEYS}/${id}${path}`, request),
          await test.call(method, `${KEYS}/${NO_ID}${path}`, request),
        ];
        expectProblem(foreign, 'NOT_FOUND');
        expect(withoutIds(foreign)).toEqual(withoutIds(never));
        expect((await owner.session.get(`${KEYS}/${id}`)).body).toEqual(before);
        expect((await use(key)).status).toBe(200);
      },
    );

    it.each(CALLS)('is returned to a test key of another organization: %s %s', async (method, path, request) => {
      const outsider = await withKey(stranger.session, SCOPES, 'test');
      const { id, key } = await make(test, 'Test');
      expectProblem(await outsider.call(method, `${KEYS}/${id}${path}`, request), 'NOT_FOUND');
      expect((await use(key)).status).toBe(200);
    });
  });
});

describe('an older key in the sandbox', () => {
  const putInSandbox = `UPDATE api_keys SET organization_id = (SELECT id FROM organizations WHERE parent_id = api_keys.organization_id)
     WHERE id = $1`;

  it('is moved up to the organization, which can then revoke it', async () => {
    const { id, key } = await make(test, 'Old');
    const updatedAt = (await owner.session.get<{ updated_at: string }>(`${KEYS}/${id}`)).body.updated_at;
    await app.database.query('ALTER TABLE api_keys DISABLE TRIGGER api_keys_above_sandboxes');
    await app.database.query(putInSandbox, [id]);
    await app.database.query('ALTER TABLE api_keys ENABLE TRIGGER api_keys_above_sandboxes');
    expectProblem(await owner.session.get(`${KEYS}/${id}`), 'NOT_FOUND');
    const migration = migrations.map((Migration) => new Migration()).find(({ name }) => name.startsWith('0020-'));
    // API keys did not have that column then.
    const asThen = (sql: string): string => sql.replaceAll(/([=D] )parent_id/g, '$1organizations.parent_id');
    await migration?.up({ query: (sql: string) => app.database.query(asThen(sql)) } as QueryRunner);
    expect((await owner.session.get(`${KEYS}/${id}`)).body).toMatchObject({ name: 'Old', updated_at: updatedAt });
    expect((await use(key)).status).toBe(200);
    expect((await owner.session.delete(`${KEYS}/${id}`)).status).toBe(204);
    expectProblem(await use(key), 'TOKEN_REVOKED');
  });

  it('cannot be added any more', async () => {
    const { id } = await make(test, 'Test');
    await expect(app.database.query(putInSandbox, [id])).rejects.toThrow('a sandbox has no API keys');
  });
});
