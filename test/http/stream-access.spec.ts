import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CredentialCache } from '../../src/identity/credentials/index.js';
import { Database } from '../../src/platform/database/index.js';
import { Broadcast } from '../../src/platform/redis/index.js';
import type { Problem, TestClient } from '../harness/client.js';
import type { EventReader, ServerEvent } from '../harness/event-reader.js';
import { eventually } from '../harness/eventually.js';
import { INTERVALS } from '../harness/fake-time.js';
import { Tap } from '../harness/model-server.mjs';
import { openStream, resumeStream, startStandInApp, type StandInApp } from '../harness/stand-in.js';
import { register } from '../harness/fixtures.js';
import { makeApplication, obtainTokens } from '../harness/oauth.js';
import type { Page } from '../harness/expectations.js';
import { Callers, type Person } from '../harness/callers.js';
import { withOldToken } from '../harness/old-token.js';

const QUESTION = { message: 'Where did it fly?' };
const SCOPES = ['conversations:read', 'conversations:write'] as const;

let app: StandInApp;
let callers: Callers;
beforeAll(async () => {
  // No stream ends here because its client disconnected.
  app = await startStandInApp({ STREAM_RESUME_SECONDS: '60' });
  callers = new Callers(app);
});
afterAll(() => app.close());

/** Opens a stream that has sent one event and continues when the test says so. */
async function openRunning(client: TestClient): Promise<{ tap: Tap; reader: EventReader }> {
  const tap = new Tap();
  app.model.script = { pieces: tap };
  const reader = await openStream(client, QUESTION);
  tap.push('Over ');
  expect(await reader.next()).toMatchObject({ id: '5', event: 'message' });
  return { tap, reader };
}

const idOf = ({ response }: EventReader): string =>
  (response.headers.get('content-location') as string).split('/').at(-1) as string;

const storedAs = (id: string): Promise<{ status: string; content: string }[]> =>
  app.database.query('SELECT status, content FROM messages WHERE id = $1', [id]);

/** Makes a change, and announces it like the code that makes it. */
function change(sql: string, id: string, subject: Parameters<CredentialCache['revoke']>[1]): Promise<void> {
  const database = app.nest.get(Database);
  return database.asPlatform(async () => {
    expect(await database.execute(sql, [id])).toBe(1);
    app.nest.get(CredentialCache, { strict: false }).revoke([], subject);
  });
}

function expectRefusal(events: ServerEvent[], code: string, status: number, id = '5'): void {
  expect(events).toEqual([{ id, event: 'error', data: expect.objectContaining({ code, status }) }]);
  const problem = events[0]?.data as unknown as Problem;
  expect(problem).toMatchObject({ instance: '/api/v1/chat/stream', request_id: expect.stringMatching(/^req_/) });
}

/** What ends a stream, for the credential that opened it. */
const ENDS: [string, string, (owner: Person) => Promise<{ client: TestClient; end: () => Promise<unknown> }>][] = [
  [
    'its API key is revoked',
    'TOKEN_REVOKED',
    async (owner) => {
      const { client, id } = await callers.key(owner, [...SCOPES]);
      return { client, end: () => owner.client.delete(`/api/v1/api-keys/${id}`) };
    },
  ],
  [
    'the authorization of its app is ended',
    'TOKEN_REVOKED',
    async () => {
      const account = await register(app.client);
      const application = await makeApplication(account.session);
      const scope = SCOPES.join(' ');
      const { access_token: token } = await obtainTokens(app.client, application, { email: account.email, scope });
      const { body } = await account.session.get<Page<{ id: string }>>('/api/v1/authorizations');
      const path = `/api/v1/authorizations/${body.data[0]?.id}`;
      return { client: app.client.as(token), end: () => account.session.delete(path) };
    },
  ],
  [
    'its API key loses the scope',
    'INSUFFICIENT_SCOPE',
    async (owner) => {
      const { client, id } = await callers.key(owner, [...SCOPES]);
      const sql = `UPDATE api_keys SET scopes = '{conversations:read}' WHERE id = $1`;
      return { client, end: () => change(sql, id, `credential:${id}`) };
    },
  ],
  [
    'the organization of its API key is suspended',
    'TOKEN_REVOKED',
    async (owner) => {
      const { client } = await callers.key(owner, [...SCOPES]);
      const { organizationId: id } = owner;
      const sql = 'UPDATE organizations SET suspended_at = now() WHERE id = $1';
      return { client, end: () => change(sql, id, `organization:${id}`) };
    },
  ],
  [
    'the organization of its test key is suspended',
    'TOKEN_REVOKED',
    async (owner) => {
      const { client } = await callers.key(owner, [...SCOPES], 'test');
      const { organizationId: id } = owner;
      const sql = 'UPDATE organizations SET suspended_at = now() WHERE id = $1';
      return { client, end: () => change(sql, id, `organization:${id}`) };
    },
  ],
  [
    'its session ends',
    'TOKEN_REVOKED',
    ({ client }) => Promise.resolve({ client, end: () => client.post('/auth/logout') }),
  ],
  [
    'its session switches to another organization',
    'TOKEN_REVOKED',
    async ({ client, userId }) => {
      const { organizationId } = await callers.person();
      await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'member')`, [
        organizationId,
        userId,
      ]);
      const end = () => client.post('/auth/switch-organization', { organization_id: organizationId });
      return { client, end };
    },
  ],
  [
    'its person is removed from the organization',
    'TOKEN_REVOKED',
    ({ client, userId: id }) => {
      const sql = 'DELETE FROM memberships WHERE user_id = $1';
      return Promise.resolve({ client, end: () => change(sql, id, `user:${id}`) });
    },
  ],
  [
    'its person is deactivated',
    'TOKEN_REVOKED',
    ({ client, userId: id }) => {
      const sql = 'UPDATE users SET is_active = false WHERE id = $1';
      return Promise.resolve({ client, end: () => change(sql, id, `user:${id}`) });
    },
  ],
];

describe('a running stream', () => {
  it.each(ENDS)('ends with a typed event when %s: %s', async (_when, code, prepare) => {
    const { client, end } = await prepare(await callers.person());
    const { reader } = await openRunning(client);
    await end();
    expectRefusal(await reader.rest(), code, code === 'INSUFFICIENT_SCOPE' ? 403 : 401);
    await app.model.lastRequest.closed;
    expect(app.model.lastRequest.aborted).toBe(true);
    await eventually(async () =>
      expect(await storedAs(idOf(reader))).toEqual([{ status: 'interrupted', content: 'Over ' }]),
    );
  });

  it('ends before its first word too, and stores only the question', async () => {
    const owner = await callers.person();
    const { client, id } = await callers.key(owner, [...SCOPES]);
    app.model.script = { pieces: new Tap() };
    const before = app.model.requests.length;
    const reader = await openStream(client, QUESTION);
    await eventually(() => expect(app.model.requests.length).toBe(before + 1));
    await owner.client.delete(`/api/v1/api-keys/${id}`);
    expectRefusal(await reader.rest(), 'TOKEN_REVOKED', 401, '0');
    await app.model.lastRequest.closed;
    expect(await storedAs(idOf(reader))).toEqual([]);
  });

  it('ends if its credential is revoked while the question is being stored', async () => {
    const owner = await callers.person();
    const { client, id } = await callers.key(owner, [...SCOPES]);
    app.model.script = { pieces: new Tap() };
    await app.database.query('BEGIN');
    await app.database.query('LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
    const opening = openStream(client, QUESTION);
    await eventually(async () =>
      expect(await app.database.query('SELECT FROM pg_locks WHERE NOT granted')).not.toHaveLength(0),
    );
    await owner.client.delete(`/api/v1/api-keys/${id}`);
    await app.database.query('COMMIT');
    expectRefusal(await (await opening).rest(), 'TOKEN_REVOKED', 401, '0');
  });

  it('ends if the revocation is sent while Redis does not reach this process', async () => {
    const owner = await callers.person();
    const { client, id } = await callers.key(owner, [...SCOPES]);
    const { reader } = await openRunning(client);
    await app.database.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [id]);
    const subscriber = Reflect.get(app.nest.get(Broadcast), 'subscriber') as { disconnect(reconnect: boolean): void };
    subscriber.disconnect(true);
    expectRefusal(await reader.rest(), 'TOKEN_REVOKED', 401);
  });

  it('ends when its API key expires', async () => {
    const owner = await callers.person();
    const expires_at = new Date(Date.now() + 1_500).toISOString();
    const key = await owner.client.post<{ key: string }>('/api/v1/api-keys', {
      name: 'Short',
      scopes: SCOPES,
      expires_at,
    });
    // Fakes only what is set from now on: the intervals of this stream.
    vi.useFakeTimers({ toFake: INTERVALS });
    try {
      const { reader } = await openRunning(app.client.as(key.body.key));
      let events: ServerEvent[] = [];
      void reader.rest().then((rest) => (events = rest));
      await eventually(() => {
        vi.advanceTimersByTime(15_000);
        expectRefusal(events, 'TOKEN_EXPIRED', 401);
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('continues when the access token expires with which it was started', async () => {
    const person = await callers.person();
    const client = await withOldToken(app, person, 3_598);
    const { tap, reader } = await openRunning(client);
    await eventually(async () => expect((await client.get('/auth/me')).body.code).toBe('TOKEN_EXPIRED'));
    await change('UPDATE users SET name = name WHERE id = $1', person.userId, `user:${person.userId}`);
    tap.push('the moon.');
    tap.end();
    expect(await reader.rest()).toMatchObject([{ data: { delta: 'the moon.' } }, { event: 'done' }]);
  });

  it('continues when another credential of its organization is revoked, and its own is changed but still valid', async () => {
    const owner = await callers.person();
    const [{ client, id }, other] = await Promise.all([
      callers.key(owner, ['conversations:read', 'conversations:write']),
      callers.key(owner, ['conversations:write']),
    ]);
    const { tap, reader } = await openRunning(client);
    await owner.client.delete(`/api/v1/api-keys/${other.id}`);
    await change(`UPDATE api_keys SET scopes = '{conversations:write}' WHERE id = $1`, id, `credential:${id}`);
    tap.push('the moon.');
    tap.end();
    expect(await reader.rest()).toMatchObject([{ data: { delta: 'the moon.' } }, { event: 'done' }]);
  });
});

describe('a resumed stream', () => {
  it('ends too, after the last event of its reader, and the answer continues for the first client', async () => {
    const owner = await callers.person();
    const { client: reading, id } = await callers.key(owner, [...SCOPES]);
    const { tap, reader } = await openRunning(owner.client);
    const path = reader.response.headers.get('content-location') as string;
    const resumed = await resumeStream(reading, path, '2');
    expect(await resumed.next()).toMatchObject({ id: '5', data: { delta: 'er ' } });
    await owner.client.delete(`/api/v1/api-keys/${id}`);
    expect(await resumed.rest()).toMatchObject([
      { id: '5', event: 'error', data: { code: 'TOKEN_REVOKED', instance: path } },
    ]);
    tap.push('the moon.');
    tap.end();
    expect(await reader.rest()).toMatchObject([{ data: { delta: 'the moon.' } }, { event: 'done' }]);
  });

  it('reports to the others of the organization that the answer is partial', async () => {
    const owner = await callers.person();
    const { client, id } = await callers.key(owner, [...SCOPES]);
    const { reader } = await openRunning(client);
    const path = reader.response.headers.get('content-location') as string;
    const resumed = await resumeStream(owner.client, path);
    expect(await resumed.next()).toMatchObject({ id: '5' });
    await owner.client.delete(`/api/v1/api-keys/${id}`);
    const [refusal] = await reader.rest();
    expect(await resumed.rest()).toMatchObject([{ event: 'done', data: { status: 'interrupted' } }]);
    // A client with a new credential continues where the old one was refused.
    const late = await resumeStream(owner.client, path, refusal?.id);
    expect(await late.rest()).toMatchObject([{ event: 'done', data: { status: 'interrupted' } }]);
  });
});
