import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { versions } from '../../src/versions.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { EventReader } from '../harness/event-reader.js';
import { THE_DATE } from '../harness/fake-time.js';
import { register, type Account } from '../harness/fixtures.js';
import { expectInvalid, expectProblem, withoutIds } from '../harness/expectations.js';
import { openapi, operations } from '../harness/operations.js';

const [OLD] = versions;
const OLDEST = OLD.version;
const LATEST = versions.at(-1)?.version as string;
const NOTIFICATIONS = '/api/v1/notifications';
const CHAT = '/api/v1/chat';
const QUESTION = { message: 'Is there an answer?' };
/** A plan with one concurrent request. */
const NARROW_PLAN = 'basic';
const SUNSET = '2100-01-01T00:00:00Z';
const real = { ...OLD };

let app: TestApp;
let owner: Account;
beforeAll(async () => {
  // The real end date will pass one day, and the tests must survive it.
  Object.assign(OLD, { sunsetAt: SUNSET });
  app = await startApp();
  await app.database.query('UPDATE plans SET in_flight = 1 WHERE code = $1', [NARROW_PLAN]);
  owner = await register(app.client);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  Object.assign(OLD, real);
  await app.close();
});

const inVersion = (version: string) => ({ headers: { 'api-version': version } });
const versionOf = ({ headers }: Answer<unknown>): string | null => headers.get('api-version');

interface Key {
  id: string;
  key: string;
  api_version: string;
}
/** A key that is pinned to a version, and a client that uses it. */
async function pinned(version: string): Promise<{ id: string; client: TestClient }> {
  const scopes = ['conversations:write', 'notifications:read'];
  const { body } = await owner.session.post<Key>('/api/v1/api-keys', { name: 'Pinned', scopes });
  const { status } = await owner.session.patch(`/api/v1/api-keys/${body.id}`, { api_version: version });
  expect(status).toBe(200);
  return { id: body.id, client: app.client.as(body.key) };
}

describe('GET /api/v1/versions', () => {
  it('lists the versions, newest first, with the changes of each', async () => {
    const { status, body } = await app.client.get<{ data: object[]; latest: string }>('/api/v1/versions');
    expect(status).toBe(200);
    expect(body.latest).toBe(LATEST);
    expect(body.data).toHaveLength(versions.length);
    expect(body.data[0]).toEqual({
      version: LATEST,
      is_latest: true,
      deprecated_at: null,
      sunset_at: null,
      guide: null,
      changes: versions.at(-1)?.changes.map(({ title, description, operations: concerned }) => ({
        title,
        description,
        operations: concerned,
      })),
    });
    expect(body.data.at(-1)).toEqual({
      version: OLDEST,
      is_latest: false,
      deprecated_at: '2026-11-22T00:00:00.000Z',
      sunset_at: new Date(SUNSET).toISOString(),
      guide: `http://parlance.test/changelog#${LATEST}`,
      changes: [],
    });
  });
});

describe('GET /changelog', () => {
  it('is a page with a section on every version and every change', async () => {
    const { status, headers, body } = await app.client.get<string>('/changelog');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    for (const { version, changes } of versions) {
      expect(body).toContain(`<h2 id="${version}">`);
      for (const { title } of changes) expect(body).toContain(`<h3>${title}</h3>`);
    }
    expect(body).toContain('<code>GET /api/v1/notifications</code>');
    expect(body).toContain('<code>session_id</code>');
    expect(body.indexOf(`id="${LATEST}"`)).toBeLessThan(body.indexOf(`id="${OLDEST}"`));
  });
});

describe('the version of a request', () => {
  it('is the latest for a session, and for a new key', async () => {
    const { status, body } = await owner.session.post<Key>('/api/v1/api-keys', {
      name: 'New',
      scopes: ['notifications:read'],
    });
    expect({ status, version: body.api_version }).toEqual({ status: 201, version: LATEST });
    for (const client of [owner.session, app.client.as(body.key)]) {
      const answer = await client.get(NOTIFICATIONS);
      expect(versionOf(answer)).toBe(LATEST);
      expect(answer.body).toHaveProperty('data');
      expect(answer.headers.get('deprecation')).toBeNull();
    }
  });

  it('is the key’s version, immediately after the change and after a rotation', async () => {
    const { id, client } = await pinned(OLDEST);
    const answer = await client.get(NOTIFICATIONS);
    expect(versionOf(answer)).toBe(OLDEST);
    expect(Object.keys(answer.body)).toEqual(['notifications', 'total_count', 'unread_count']);
    const { body: rotated } = await owner.session.post<Key>(`/api/v1/api-keys/${id}/rotate`, {});
    expect(rotated.api_version).toBe(OLDEST);
    expect(versionOf(await app.client.as(rotated.key).get(NOTIFICATIONS))).toBe(OLDEST);
    const { body } = await owner.session.patch<Key>(`/api/v1/api-keys/${id}`, { api_version: LATEST });
    expect(body.api_version).toBe(LATEST);
    expect((await app.client.as(rotated.key).get(NOTIFICATIONS)).body).toHaveProperty('data');
  });

  it('is the header’s version above all', async () => {
    const { client } = await pinned(OLDEST);
    const newer = await client.get(NOTIFICATIONS, inVersion(LATEST));
    expect(versionOf(newer)).toBe(LATEST);
    expect(newer.body).toHaveProperty('next_cursor');
    const older = await owner.session.get(NOTIFICATIONS, inVersion(OLDEST));
    expect(versionOf(older)).toBe(OLDEST);
    expect(older.body).toHaveProperty('notifications');
  });

  it('is the key’s version for refusals too', async () => {
    const { client } = await pinned(OLDEST);
    const answer = await client.get('/api/v1/knowledge');
    expectProblem(answer, 'INSUFFICIENT_SCOPE');
    expect(versionOf(answer)).toBe(OLDEST);
    expect(answer.headers.get('deprecation')).not.toBeNull();
  });

  it.each(['2999-01-01', '2025-01-30', 'latest', 'v1', '', '2025-1-29', '2026-11-22T00:00:00Z'])(
    'is invalid: %p',
    async (version) => {
      for (const client of [owner.session, app.client]) {
        const path = client.token ? NOTIFICATIONS : '/api/v1/versions';
        const answer = await client.get(path, inVersion(version));
        const { detail } = expectProblem(answer, 'BAD_REQUEST');
        for (const { version: known } of versions) expect(detail).toContain(known);
        expect(versionOf(answer)).toBe(LATEST);
      }
    },
  );

  it('is not checked while the credential is invalid', async () => {
    const refused = await app.client.as('parl_live_sk_wrong').get(NOTIFICATIONS, inVersion('none'));
    expect(withoutIds(refused)).toEqual(withoutIds(await app.client.as('parl_live_sk_wrong').get(NOTIFICATIONS)));
  });

  it('is checked also for callers without limits', async () => {
    const { id, client } = await pinned(LATEST);
    await app.database.query(`UPDATE api_keys SET kind = 'internal' WHERE id = $1`, [id]);
    expectProblem(await client.get(NOTIFICATIONS, inVersion('none')), 'BAD_REQUEST');
    expectProblem(await app.client.get('/health', inVersion('none')), 'BAD_REQUEST');
  });

  it('takes no place among the concurrent requests if it is invalid', async () => {
    const { session, organizationId } = await register(app.client);
    await app.database.query('UPDATE organizations SET plan = $2 WHERE id = $1', [organizationId, NARROW_PLAN]);
    for (let n = 0; n < 3; n += 1) {
      expectProblem(await session.get(NOTIFICATIONS, inVersion('none')), 'BAD_REQUEST');
    }
    expect((await session.get(NOTIFICATIONS)).status).toBe(200);
  });

  it('prevents the operation if it is invalid', async () => {
    const before = await owner.session.get<{ data: Key[] }>('/api/v1/api-keys?limit=100');
    const options = inVersion('2999-01-01');
    const answer = await owner.session.post(
      '/api/v1/api-keys',
      { name: 'None', scopes: ['notifications:read'] },
      options,
    );
    expectProblem(answer, 'BAD_REQUEST');
    const after = await owner.session.get<{ data: Key[] }>('/api/v1/api-keys?limit=100');
    expect(after.body.data).toEqual(before.body.data);
  });
});

describe('PATCH /api/v1/api-keys/{id}', () => {
  it.each(['2999-01-01', 'latest', '', null, 1])('rejects the version %p', async (version) => {
    const { body } = await owner.session.post<Key>('/api/v1/api-keys', { name: 'x', scopes: ['notifications:read'] });
    expectInvalid(await owner.session.patch(`/api/v1/api-keys/${body.id}`, { api_version: version }), 'api_version');
  });

  it('rejects a version on creation: it is the latest', async () => {
    const wanted = { name: 'x', scopes: ['notifications:read'], api_version: OLDEST };
    expectInvalid(await owner.session.post('/api/v1/api-keys', wanted), 'api_version');
  });

  it('rejects a version that has ended', async () => {
    const { body } = await owner.session.post<Key>('/api/v1/api-keys', { name: 'x', scopes: ['notifications:read'] });
    Object.assign(OLD, { sunsetAt: '2020-01-01T00:00:00Z' });
    const answer = await owner.session.patch(`/api/v1/api-keys/${body.id}`, { api_version: OLDEST });
    Object.assign(OLD, { sunsetAt: SUNSET });
    expectInvalid(answer, 'api_version');
  });
});

describe('the version on every response', () => {
  it.each([
    ['a page', '/docs'],
    ['the description', '/openapi.json'],
    ['a health check', '/health'],
    ['what is not there', '/nothing'],
    ['who is nobody', NOTIFICATIONS],
    ['a public list', '/errors'],
  ])('is sent with %s', async (_what, path) => {
    expect(versionOf(await app.client.get(path))).toBe(LATEST);
    expect(versionOf(await app.client.get(path, inVersion(OLDEST)))).toBe(OLDEST);
  });

  it.each([
    ['that is no JSON', '{', 'application/json', 400],
    ['of another kind', 'text', 'text/plain', 415],
    ['that is too large', JSON.stringify({ message: 'x'.repeat(2 ** 20) }), 'application/json', 413],
  ])('is sent for a body %s', async (_what, body, type, status) => {
    const headers = { 'content-type': type, 'api-version': OLDEST };
    const answer = await owner.session.post(CHAT, body, { headers });
    expect({ status: answer.status, version: versionOf(answer) }).toEqual({ status, version: OLDEST });
  });

  it('is sent with a stream', async () => {
    const response = await owner.session.fetch('POST', `${CHAT}/stream`, { body: QUESTION, ...inVersion(OLDEST) });
    expect(response.headers.get('api-version')).toBe(OLDEST);
    await response.text();
  });

  it('is documented for every operation and every response', () => {
    for (const described of Object.values(openapi.paths).flatMap((methods) => Object.values(methods))) {
      expect(described.parameters).toContainEqual({ $ref: '#/components/parameters/ApiVersion' });
      expect(Object.keys(described.responses)).toEqual(expect.arrayContaining(['400', '410']));
    }
    const { parameters, responses } = openapi.components as unknown as {
      parameters: Record<string, { name: string; schema: { enum: string[] } }>;
      responses: Record<string, { headers: object }>;
    };
    expect(parameters['ApiVersion']).toMatchObject({
      name: 'API-Version',
      in: 'header',
      schema: { enum: versions.map(({ version }) => version) },
    });
    for (const { headers } of Object.values(responses)) expect(headers).toHaveProperty('API-Version');
    expect(operations().length).toBeGreaterThan(25);
  });
});

describe('a chat in the oldest version', () => {
  it('continues the session that it received', async () => {
    const { client } = await pinned(OLDEST);
    const first = await client.post<{ session_id: string; response: string }>(CHAT, QUESTION);
    expect(first.body).toMatchObject({ session_id: expect.any(String), response: expect.stringMatching(/\S/) });
    expect(first.body).not.toHaveProperty('conversation_id');
    expect(first.body).not.toHaveProperty('content');
    const { session_id } = first.body;
    expect((await client.post(CHAT, { ...QUESTION, session_id })).body).toMatchObject({ session_id });
    const newer = await client.post(CHAT, { ...QUESTION, conversation_id: session_id }, inVersion(LATEST));
    expect(newer.body).toMatchObject({ conversation_id: session_id, content: first.body.response });
  });

  it('streams the same way, also when resumed', async () => {
    const { client } = await pinned(OLDEST);
    const stream = await client.fetch('POST', `${CHAT}/stream`, { body: QUESTION });
    const done = (await new EventReader(stream).rest()).at(-1);
    expect(done).toMatchObject({ event: 'done', data: { session_id: expect.any(String) } });
    expect(done?.data).not.toHaveProperty('conversation_id');
    const address = stream.headers.get('content-location') as string;
    expect((await new EventReader(await client.fetch('GET', address)).rest()).at(-1)).toEqual(done);
    const inLatest = new EventReader(await client.fetch('GET', address, inVersion(LATEST)));
    expect((await inLatest.rest()).at(-1)?.data).toMatchObject({ conversation_id: done?.data['session_id'] });
  });

  describe('422', () => {
    it.each(['conversation_id', 'nothing', 'response'])('rejects the field %s', async (field) => {
      const { client } = await pinned(OLDEST);
      expectInvalid(await client.post(CHAT, { ...QUESTION, [field]: 'x' }), field);
    });

    it('names errors with the caller’s field names', async () => {
      const answer = await owner.session.post(CHAT, { ...QUESTION, session_id: 'x' }, inVersion(OLDEST));
      expectInvalid(answer, 'session_id');
      expect(JSON.stringify(answer.body)).not.toContain('conversation_id');
    });

    it('rejects session_id in the latest version', async () => {
      expectInvalid(await owner.session.post(CHAT, { ...QUESTION, session_id: 'x' }), 'session_id');
    });
  });

  it('checks the access first', async () => {
    const { body } = await owner.session.post<Key>('/api/v1/api-keys', { name: 'x', scopes: ['notifications:read'] });
    const answer = await app.client.as(body.key).post(CHAT, { conversation_id: 'x' }, inVersion(OLDEST));
    expectProblem(answer, 'INSUFFICIENT_SCOPE');
  });
});

describe('notifications in the oldest version', () => {
  it('rejects a cursor', async () => {
    const { client } = await pinned(OLDEST);
    expectInvalid(await client.get(`${NOTIFICATIONS}?cursor=x`), 'cursor');
    expect((await client.get(`${NOTIFICATIONS}?limit=1`)).body).toMatchObject({ notifications: [expect.any(Object)] });
  });
});

describe('an idempotency key', () => {
  const once = (key: string, version: string) => ({ headers: { 'idempotency-key': key, 'api-version': version } });

  it('replays the response in its original version', async () => {
    const first = await owner.session.post(CHAT, QUESTION, once('again', OLDEST));
    expect(first.body).toHaveProperty('session_id');
    const again = await owner.session.post(CHAT, QUESTION, once('again', OLDEST));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expect(versionOf(again)).toBe(OLDEST);
  });

  it('replays a stream verbatim', async () => {
    const stream = async (): Promise<string> =>
      (await owner.session.fetch('POST', `${CHAT}/stream`, { body: QUESTION, ...once('stream', OLDEST) })).text();
    const first = await stream();
    expect(first).toContain('"session_id"');
    expect(await stream()).toBe(first);
  });

  it('is another request in another version', async () => {
    expect((await owner.session.post(CHAT, QUESTION, once('other', OLDEST))).status).toBe(200);
    expectProblem(await owner.session.post(CHAT, QUESTION, once('other', LATEST)), 'IDEMPOTENCY_KEY_REUSED');
  });
});

describe('a deprecated version', () => {
  const LINK = `<http://parlance.test/changelog#${LATEST}>`;

  it('is announced on every response', async () => {
    for (const path of [NOTIFICATIONS, '/auth/me', '/health', '/api/v1/versions', '/api/v1/conversations/x']) {
      const { headers } = await owner.session.get(path, inVersion(OLDEST));
      expect({ path, deprecation: headers.get('deprecation'), sunset: headers.get('sunset') }).toEqual({
        path,
        deprecation: `@${Date.UTC(2026, 10, 22) / 1000}`,
        sunset: 'Fri, 01 Jan 2100 00:00:00 GMT',
      });
      expect(headers.get('link')).toBe(`${LINK}; rel="successor-version", ${LINK}; rel="deprecation"`);
    }
  });

  it('is served up to its last second', async () => {
    vi.useFakeTimers({ toFake: THE_DATE, now: Date.parse(SUNSET) - 1000 });
    expect((await app.client.get('/api/v1/versions', inVersion(OLDEST))).status).toBe(200);
  });

  describe('410', () => {
    const afterSunset = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      Object.assign(OLD, { sunsetAt: '2027-01-01T00:00:00Z' });
      vi.useFakeTimers({ toFake: THE_DATE, now: Date.UTC(2027, 0, 1) });
      try {
        return await work();
      } finally {
        Object.assign(OLD, { sunsetAt: SUNSET });
      }
    };

    it('is returned from then on if the header names the version, with a link to the guide', async () => {
      await afterSunset(async () => {
        const answer = await app.client.get('/api/v1/versions', inVersion(OLDEST));
        expect(expectProblem(answer, 'GONE').detail).toContain(`http://parlance.test/changelog#${LATEST}`);
        expect(answer.headers.get('sunset')).toBe('Fri, 01 Jan 2027 00:00:00 GMT');
        expect(versionOf(answer)).toBe(OLDEST);
        expect((await app.client.get('/api/v1/versions')).status).toBe(200);
      });
    });

    it('is returned to a key that is pinned to it, which can still name a later one', async () => {
      const { client } = await pinned(OLDEST);
      await afterSunset(async () => {
        expectProblem(await client.get(NOTIFICATIONS), 'GONE');
        expect((await client.get(NOTIFICATIONS, inVersion(LATEST))).status).toBe(200);
      });
    });
  });
});
