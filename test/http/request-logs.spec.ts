import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allScopes } from '../../src/identity/permissions/index.js';
import type { TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { startStandInApp, type StandInApp } from '../harness/stand-in.js';
import { expectInvalid, expectProblem, NO_ID, TIME, UUID, type Page } from '../harness/expectations.js';

const LOGS = '/api/v1/request-logs';

interface Entry {
  id: string;
  request_id: string;
  method: string;
  route: string;
  path: string;
  status: number;
  error_code: string | null;
  request_bytes: number;
  response_bytes: number;
  credential_id: string;
  created_at: string;
  request_body?: string | null;
  response_body?: string | null;
}

let app: StandInApp;
let owner: Account;
let stranger: Account;
let program: TestClient;
let keyId: string;
let ids: string[];

/** The entry of one call, once it is written. Polls the database, because a poll over HTTP would be logged too. */
async function noted(caller: TestClient, requestId: string): Promise<Entry> {
  await eventually(async () =>
    expect(await app.database.query('SELECT FROM request_logs WHERE request_id = $1', [requestId])).not.toEqual([]),
  );
  const { status, body } = await caller.get<Entry>(`${LOGS}/${requestId}`);
  expect(status).toBe(200);
  return body;
}

const list = async (query = '', caller = program): Promise<Entry[]> => {
  const { status, body } = await caller.get<Page<Entry>>(`${LOGS}${query}`);
  expect(status).toBe(200);
  return body.data;
};

const idOf = ({ headers }: { headers: Headers }): string => headers.get('x-request-id') as string;

beforeAll(async () => {
  app = await startStandInApp();
  [owner, stranger] = await Promise.all([register(app.client), register(app.client)]);
  program = await withKey(owner.session, allScopes);
  keyId = (await owner.session.get<Page<{ id: string }>>('/api/v1/api-keys')).body.data[0]?.id as string;
  ids = [];
  ids.push(idOf(await program.post('/api/v1/conversations', { title: 'First' })));
  ids.push(idOf(await program.get(`/api/v1/conversations/${NO_ID}?secret=in-the-address`)));
  ids.push(idOf(await program.post('/api/v1/conversations', { unknown: true })));
  ids.push(idOf(await owner.session.get('/api/v1/conversations')));
  await noted(program, ids.at(-1) as string);
});
afterAll(() => app.close());

describe('the request log', () => {
  it('has every call of every known caller once, with its result', async () => {
    const account = await register(app.client);
    const key = await withKey(account.session, allScopes);
    const expected: object[] = [];
    for (let round = 0; round < 30; round += 1) {
      const title = `Round ${round}`;
      const calls = await Promise.all([
        key.get('/api/v1/conversations?limit=3'),
        key.post('/api/v1/conversations', { title }),
        key.get(`/api/v1/conversations/${NO_ID}`),
        key.post('/api/v1/chat', {}),
        account.session.get('/auth/me'),
        account.session.get('/api/v1/conversations?limit=0'),
      ]);
      const of = (index: number, fields: object): object => ({
        request_id: idOf(calls[index] as (typeof calls)[0]),
        status: calls[index]?.status,
        response_bytes: Buffer.byteLength(JSON.stringify(calls[index]?.body)),
        ...fields,
      });
      expected.push(
        of(0, { method: 'GET', route: '/api/v1/conversations', path: '/api/v1/conversations', error_code: null }),
        of(1, { method: 'POST', status: 201, request_bytes: Buffer.byteLength(JSON.stringify({ title })) }),
        of(2, { route: '/api/v1/conversations/:id', path: `/api/v1/conversations/${NO_ID}`, error_code: 'NOT_FOUND' }),
        of(3, { status: 422, route: '/api/v1/chat', error_code: 'VALIDATION_ERROR', user_id: null }),
        of(4, { status: 200, route: '/auth/me', principal_kind: 'session', user_id: account.userId }),
        of(5, { status: 422, principal_kind: 'session', credential_id: expect.stringMatching(UUID) }),
      );
    }
    // They are written in the order in which their responses end.
    const found = await eventually(async () => {
      const entries = await app.database.query<Entry>(
        `SELECT *, response_bytes::int AS response_bytes FROM request_logs
         WHERE organization_id = $1 AND route <> '/api/v1/api-keys' ORDER BY created_at`,
        [account.organizationId],
      );
      expect(entries).toHaveLength(expected.length);
      return entries;
    });
    const byId = new Map(found.map((entry) => [entry.request_id, entry]));
    expect(expected.map((entry) => byId.get((entry as Entry).request_id))).toEqual(
      expected.map((entry) => expect.objectContaining(entry)),
    );
  });

  it('has no caller for a call without a valid credential', async () => {
    const calls = [
      await app.client.get('/health'),
      await app.client.get('/api/v1/conversations'),
      await app.client.as('parl_live_sk_wrong').get('/api/v1/conversations'),
      await app.client.post('/auth/login', { email: owner.email, password: 'a wrong pass phrase' }),
    ];
    await noted(program, idOf(await program.get('/api/v1/conversations')));
    const requestIds = calls.map(idOf);
    expect(await app.database.query('SELECT FROM request_logs WHERE request_id = ANY($1)', [requestIds])).toEqual([]);
  });

  it('does not record a call as answered if its caller disconnected before', async () => {
    app.model.script = { hang: 'before-headers' };
    const leaving = new AbortController();
    const call = program.fetch('POST', '/api/v1/chat', {
      body: { message: 'Is anybody there?' },
      headers: { 'x-request-id': 'impatient' },
      signal: leaving.signal,
    });
    await eventually(() => expect(app.model.requests).toHaveLength(1));
    leaving.abort();
    await expect(call).rejects.toThrow();
    expect(await noted(program, 'impatient')).toMatchObject({ status: 499, error_code: null, response_bytes: 0 });
    expect(await list('?request_id=impatient&status=4xx')).toHaveLength(1);
    app.model.script = {};
  });

  it('contains the end of a stream too', async () => {
    const stream = await program.post<string>('/api/v1/chat/stream', { message: 'Is anything here?' });
    const entry = await noted(program, idOf(stream));
    expect(entry).toMatchObject({ status: 200, route: '/api/v1/chat/stream' });
    expect(entry.response_bytes).toBe(Buffer.byteLength(stream.body));
  });
});

describe('GET /api/v1/request-logs', () => {
  describe('200', () => {
    it('lists calls, newest first, without their bodies', async () => {
      const entries = await list('?limit=100');
      const found = entries.map(({ request_id: id }) => id);
      expect([...ids].reverse().map((id) => found.indexOf(id))).not.toContain(-1);
      expect(found.indexOf(ids[0] as string)).toBeGreaterThan(found.indexOf(ids[1] as string));
      expect(entries.map(({ created_at: at }) => at)).toEqual(
        entries
          .map(({ created_at: at }) => at)
          .sort()
          .reverse(),
      );
      expect(entries.find(({ request_id: id }) => id === ids[1])).toEqual({
        id: expect.stringMatching(UUID),
        request_id: ids[1],
        method: 'GET',
        route: '/api/v1/conversations/:id',
        path: `/api/v1/conversations/${NO_ID}`,
        status: 404,
        error_code: 'NOT_FOUND',
        duration_ms: expect.any(Number),
        request_bytes: 0,
        response_bytes: expect.any(Number),
        principal_kind: 'api_key',
        credential_id: keyId,
        user_id: null,
        ip: '127.0.0.1',
        user_agent: 'node',
        api_version: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
        created_at: expect.stringMatching(TIME),
      });
    });

    it('returns all of it over its pages', async () => {
      const all = (await list('?limit=100&method=POST')).map(({ id }) => id);
      expect(all.length).toBeGreaterThan(2);
      const walked: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body }: { body: Page<Entry> } = await program.get<Page<Entry>>(
          `${LOGS}?method=POST&limit=1${cursor && `&cursor=${cursor}`}`,
        );
        walked.push(...body.data.map(({ id }) => id));
        cursor = body.next_cursor;
      }
      expect(walked).toEqual(all);
    });

    it.each([
      ['status=404', [1]],
      ['status=4xx', [2, 1]],
      ['status=5xx', []],
      ['status=2xx&method=POST&route=/api/v1/conversations', [0]],
      ['method=POST&route=/api/v1/conversations', [2, 0]],
      ['route=/api/v1/conversations/:id', [1]],
      ['route=/api/v1/nothing', []],
    ])('filters by %s', async (query, expected) => {
      const entries = await list(`?limit=100&${query}&until=${await untilLast()}`);
      const found = entries.map(({ request_id: id }) => ids.indexOf(id)).filter((index) => index >= 0);
      expect(found).toEqual(expected);
    });

    it('filters by request id, key and moment', async () => {
      const [first, second] = (await Promise.all(ids.map((id) => noted(program, id)))) as [Entry, Entry];
      const idsOf = async (query: string): Promise<string[]> => (await list(query)).map((entry) => entry.request_id);
      expect(await idsOf(`?request_id=${ids[2]}`)).toEqual([ids[2]]);
      expect(await idsOf('?request_id=nothing')).toEqual([]);
      const until = await untilLast();
      expect((await idsOf(`?credential_id=${keyId}&limit=100&until=${until}`)).slice(-3)).toEqual(
        ids.slice(0, 3).reverse(),
      );
      expect(await idsOf(`?credential_id=${NO_ID}`)).toEqual([]);
      expect(await idsOf(`?since=${second.created_at}&limit=100`)).not.toContain(ids[0]);
      expect(await idsOf(`?since=${second.created_at}&limit=100`)).toContain(ids[1]);
      expect(await idsOf(`?until=${second.created_at}&limit=100`)).toContain(ids[0]);
      expect(await idsOf(`?until=${second.created_at}&limit=100`)).not.toContain(ids[1]);
      expect(await idsOf(`?until=${first.created_at}&since=${second.created_at}`)).toEqual([]);
    });

    it('shows nothing of other organizations, and a sandbox separately', async () => {
      const test = await withKey(owner.session, allScopes, 'test');
      const call = idOf(await test.get('/api/v1/conversations'));
      expect(await noted(test, call)).toMatchObject({ path: '/api/v1/conversations' });
      expect(await list(`?request_id=${call}`)).toEqual([]);
      for (const id of ids) expect(await list(`?request_id=${id}`, stranger.session)).toEqual([]);
    });
  });

  it('400: rejects a cursor that it did not issue', async () => {
    expectProblem(await program.get(`${LOGS}?cursor=x`), 'INVALID_CURSOR');
  });

  it('403: requires system:read', async () => {
    const other = await withKey(owner.session, ['audit:read']);
    expectProblem(await other.get(LOGS), 'INSUFFICIENT_SCOPE');
    expectProblem(await other.get(`${LOGS}/${ids[0]}`), 'INSUFFICIENT_SCOPE');
  });

  it.each(['status=600', 'status=4x', 'method=TRACE', 'credential_id=x', 'since=yesterday', 'until=x', 'route='])(
    '422: rejects %s',
    async (query) => {
      expectInvalid(await program.get(`${LOGS}?${query}`), query.split('=', 1)[0] as string);
    },
  );
});

describe('GET /api/v1/request-logs/{id}', () => {
  it('200: finds a call by its request id and by the id of its entry', async () => {
    const entry = await noted(program, ids[0] as string);
    expect((await program.get(`${LOGS}/${entry.id}`)).body).toEqual(entry);
    expect(entry).toMatchObject({ request_id: ids[0], request_body: null, response_body: null });
  });

  it('200: finds the newest of the calls with the same id from their caller', async () => {
    const headers = { 'x-request-id': `mine-${Date.now()}` };
    await program.get('/api/v1/conversations', { headers });
    const last = await program.get('/api/v1/knowledge', { headers });
    await eventually(async () => expect(await list(`?request_id=${idOf(last)}`)).toHaveLength(2));
    expect(await noted(program, idOf(last))).toMatchObject({ path: '/api/v1/knowledge' });
  });

  it.each([NO_ID, 'req_nothing', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000000'])(
    '404: does not find %s',
    async (id) => {
      expectProblem(await program.get(`${LOGS}/${id}`), 'NOT_FOUND');
    },
  );

  it.each(['%20', 'x'.repeat(129)])('404: does not read %s as an id', async (id) => {
    expectProblem(await program.get(`${LOGS}/${id}`), 'NOT_FOUND');
  });

  it('404: does not find another organization’s', async () => {
    const { id, request_id: requestId } = await noted(program, ids[0] as string);
    expectProblem(await stranger.session.get(`${LOGS}/${id}`), 'NOT_FOUND');
    expectProblem(await stranger.session.get(`${LOGS}/${requestId}`), 'NOT_FOUND');
  });
});

describe('bodies', () => {
  it('are stored only if an organization enables it, truncated and without secrets', async () => {
    const account = await register(app.client);
    const key = await withKey(account.session, allScopes);
    const before = await key.post('/api/v1/conversations', { title: 'Before' });
    expect((await account.session.patch('/api/v1/organizations/me', { log_bodies: true })).body).toMatchObject({
      log_bodies: true,
    });
    let small: Entry | undefined;
    await eventually(async () => {
      const metadata = { password: 'S3CRET', nested: { client_secret: 'S3CRET', plain: 'shown' } };
      small = await noted(key, idOf(await key.post('/api/v1/conversations', { title: 'Small', metadata })));
      expect(small.request_body).not.toBeNull();
    });
    expect(JSON.parse(small?.request_body ?? '')).toEqual({
      title: 'Small',
      metadata: { password: '[redacted]', nested: { client_secret: '[redacted]', plain: 'shown' } },
    });
    expect(small?.response_body).toContain('"title":"Small"');
    expect(JSON.stringify(small)).not.toContain('S3CRET');

    const large = await key.post('/api/v1/knowledge', { title: 'Large', content: 'ünïcode '.repeat(10_000) });
    const kept = await noted(key, idOf(large));
    expect(Buffer.byteLength(kept.request_body ?? '')).toBeGreaterThan(4_000);
    expect(Buffer.byteLength(kept.request_body ?? '')).toBeLessThanOrEqual(4_096);

    const made = await account.session.post<{ key: string }>('/api/v1/api-keys', {
      name: 'x',
      scopes: ['knowledge:read'],
    });
    expect((await noted(key, idOf(made))).response_body).not.toContain(made.body.key);
    const deep = await key.post('/api/v1/conversations', '['.repeat(100_000) + ']'.repeat(100_000));
    expect(await noted(key, idOf(deep))).toMatchObject({ status: 422, request_body: null });
    const stream = await key.post<string>('/api/v1/chat/stream', { message: 'Is it here?' });
    expect((await noted(key, idOf(stream))).response_body).toBe(stream.body.slice(0, 4_096));
    for (const path of ['/auth/reauthenticate', '/Auth/reauthenticate']) {
      const confirmed = await account.session.post(path, { password: 'not the pass phrase' });
      expect(await noted(key, idOf(confirmed))).toMatchObject({ request_body: null, response_body: null });
    }
    expect(await noted(key, idOf(before))).toMatchObject({ request_body: null, response_body: null });
  });
});

describe('data to be erased', () => {
  it('is deleted with the person, whenever it was written', async () => {
    const account = await register(app.client);
    const { organizationId } = await register(app.client);
    const call = idOf(await account.session.get('/auth/me'));
    expect(await noted(account.session, call)).toMatchObject({ user_id: account.userId, ip: '127.0.0.1' });
    // The person’s calls in an organization that stays.
    await app.database.query('UPDATE request_logs SET organization_id = $1 WHERE request_id = $2', [
      organizationId,
      call,
    ]);
    const deleted = await app.client
      .as(account.accessToken)
      .call('DELETE', '/api/v1/users/me', { body: { password: PASSWORD } });
    expect(deleted.status).toBe(204);
    const told = { user_id: null, ip: null, user_agent: null };
    await eventually(async () =>
      expect(
        await app.database.query('SELECT user_id, ip, user_agent FROM request_logs WHERE request_id = $1', [call]),
      ).toEqual([told]),
    );
    const own = await app.database.query('SELECT FROM request_logs WHERE user_id = $1', [account.userId]);
    expect(own).toEqual([]);
  });

  it('is deleted with the organization', async () => {
    const account = await register(app.client);
    const call = idOf(await account.session.get('/auth/me'));
    await noted(account.session, call);
    await app.database.query(`UPDATE organizations SET deleted_at = now(), purge_at = now() WHERE id = $1`, [
      account.organizationId,
    ]);
    await eventually(async () => {
      const rows = await app.database.query('SELECT FROM request_logs WHERE organization_id = $1', [
        account.organizationId,
      ]);
      expect(rows).toEqual([]);
    });
  });
});

const untilLast = async (): Promise<string> =>
  new Date(Date.parse((await noted(program, ids.at(-1) as string)).created_at) + 1).toISOString();
