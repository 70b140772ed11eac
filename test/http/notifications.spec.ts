import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../src/platform/database/index.js';
import type { organizationsEvents } from '../../src/identity/organizations/index.js';
import { Events } from '../../src/platform/events/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { expectInvalid, expectProblem, NO_ID, TIME, UUID, type Page, named } from '../harness/expectations.js';

interface Notification {
  id: string;
  type: string;
  title: string;
  message: string;
  data: { event_id: string; event_type: string; subject: string };
  read: boolean;
}

interface NotificationsPage extends Page<Notification> {
  unread_count: number;
  total_count: number;
}

const NOTIFICATIONS = '/api/v1/notifications';

let app: TestApp;
let stranger: Account;
beforeAll(async () => {
  app = await startApp({ TRUST_PROXY: '1' });
  stranger = await register(app.client);
});
afterAll(() => app.close());

const list = async (by: TestClient, query = ''): Promise<NotificationsPage> => {
  const { status, body } = await by.get<NotificationsPage>(NOTIFICATIONS + query);
  expect(status).toBe(200);
  return body;
};
const mark = (by: TestClient, body: object): Promise<Answer<{ marked_count: number; unread_count: number }>> =>
  by.post(`${NOTIFICATIONS}/mark-read`, body);
/** Sorted: concurrent events may arrive in any order. */
const titles = ({ data }: NotificationsPage): string[] => data.map(({ title }) => title).sort();
const login = async (email: string, ip?: string): Promise<TestClient> => {
  const headers: Record<string, string> = ip ? { 'x-forwarded-for': ip } : {};
  const { status, body } = await app.client.post<{ access_token: string }>(
    '/auth/login',
    { email, password: PASSWORD },
    { headers },
  );
  expect(status).toBe(200);
  return app.client.as(body.access_token);
};
/** Waits until every event of the organization has reached its subscribers. */
const settled = (organizationId: string): Promise<void> =>
  eventually(async () => {
    const [left] = await app.database.query(
      `SELECT (SELECT count(*)::int FROM events WHERE organization_id = $1 AND relayed_at IS NULL) AS events,
              (SELECT count(*)::int FROM event_deliveries WHERE organization_id = $1 AND completed_at IS NULL) AS deliveries`,
      [organizationId],
    );
    expect(left).toEqual({ events: 0, deliveries: 0 });
  });

describe('the events that become notifications', () => {
  it('include a created and a revoked key, once each', async () => {
    const { session, organizationId } = await register(app.client);
    const { body: key } = await session.post<{ id: string; hint: string; key: string }>('/api/v1/api-keys', {
      name: 'Shop',
      scopes: ['knowledge:read'],
    });
    await session.delete(`/api/v1/api-keys/${key.id}`);
    await settled(organizationId);
    const page = await list(session);
    expect(page).toMatchObject({ unread_count: 2, total_count: 2, next_cursor: null, has_more: false });
    expect([...page.data].sort((a, b) => b.title.localeCompare(a.title))).toEqual([
      {
        id: expect.stringMatching(UUID),
        type: 'warning',
        title: 'API key revoked',
        message: expect.stringContaining(`"Shop" (${key.hint})`),
        data: { event_id: expect.stringMatching(UUID), event_type: 'api_key.revoked', subject: key.id },
        read: false,
        created_at: expect.stringMatching(TIME),
      },
      expect.objectContaining({ type: 'info', title: 'API key created', read: false }),
    ]);
    expect(JSON.stringify(page)).not.toContain(key.key);
  });

  it('include a sign-in from a new address, once, but not the first one nor one from a known address', async () => {
    const { email, organizationId } = await register(app.client);
    await login(email);
    await login(email, '203.0.113.7');
    await login(email, '203.0.113.7');
    await login(email);
    const session = await login(email, '2001:db8::1');
    await settled(organizationId);
    const { data } = await list(session);
    expect(new Set(data.map(({ title }) => title))).toEqual(new Set(['Sign-in from a new IP address']));
    expect(data.map(({ message }) => / from (\S+) /.exec(message)?.[1]).sort()).toEqual(['2001:db8::1', '203.0.113.7']);
  });

  it('exclude a registration', async () => {
    const { session, organizationId } = await register(app.client);
    await settled(organizationId);
    expect(await list(session)).toEqual({
      data: [],
      next_cursor: null,
      has_more: false,
      unread_count: 0,
      total_count: 0,
    });
  });

  it('exclude everything that was refused', async () => {
    const { session, organizationId } = await register(app.client);
    await session.post('/api/v1/api-keys', { name: 'x', scopes: ['nothing'] });
    await session.delete(`/api/v1/api-keys/${NO_ID}`);
    await settled(organizationId);
    expect((await list(session)).total_count).toBe(0);
  });
});

describe('the readers of a notification', () => {
  it('are one person if it concerns a person, and everyone if it concerns the organization', async () => {
    const owner = await register(app.client);
    const colleague = await register(app.client);
    await app.database.query(`UPDATE memberships SET organization_id = $1, role = 'admin' WHERE user_id = $2`, [
      owner.organizationId,
      colleague.userId,
    ]);
    const colleagueSession = await login(colleague.email, '198.51.100.9');
    await withKey(owner.session, ['knowledge:read']);
    const key = await withKey(owner.session, ['notifications:read', 'notifications:write']);
    await settled(owner.organizationId);
    expect(titles(await list(colleagueSession))).toEqual([
      'API key created',
      'API key created',
      'Sign-in from a new IP address',
    ]);
    expect(titles(await list(owner.session))).toEqual(['API key created', 'API key created']);
    expect(await list(key)).toMatchObject({ unread_count: 2, total_count: 2 });

    expect((await mark(owner.session, { all: true })).body).toEqual({ marked_count: 2, unread_count: 0 });
    expect(await list(owner.session)).toMatchObject({ unread_count: 0, data: [{ read: true }, { read: true }] });
    expect(await list(colleagueSession)).toMatchObject({ unread_count: 3, total_count: 3 });
    expect((await list(colleagueSession)).data.map(({ read }) => read)).toEqual([false, false, false]);
    expect(await list(key)).toMatchObject({ unread_count: 2, total_count: 2 });
    const own = (await list(colleagueSession)).data.find(({ title }) => title.startsWith('Sign-in')) as Notification;
    const foreign = await mark(owner.session, { notification_ids: [own.id] });
    expect(foreign.body).toEqual({ marked_count: 0, unread_count: 0 });
    expect((await list(colleagueSession)).unread_count).toBe(3);
    expect((await mark(colleagueSession, { notification_ids: [own.id] })).body).toEqual({
      marked_count: 1,
      unread_count: 2,
    });
  });

  it('have their own read marks; the programs of an organization share theirs', async () => {
    const owner = await register(app.client);
    const keys = [
      await withKey(owner.session, ['notifications:read', 'notifications:write']),
      await withKey(owner.session, ['notifications:read']),
    ] as const;
    await settled(owner.organizationId);
    const [first, second] = (await list(keys[0])).data as [Notification, Notification];
    const marked = await mark(keys[0], { notification_ids: [first.id] });
    expect(marked.body).toEqual({ marked_count: 1, unread_count: 1 });
    expect((await mark(keys[0], { notification_ids: [first.id] })).body).toEqual({ marked_count: 0, unread_count: 1 });
    expect(await list(keys[1])).toMatchObject({
      unread_count: 1,
      data: [{ read: true }, { id: second.id, read: false }],
    });
    expect(await list(owner.session)).toMatchObject({ unread_count: 2, total_count: 2 });
  });

  it('see older ones as read if they are new members, and later ones as unread', async () => {
    const owner = await register(app.client);
    await withKey(owner.session, ['knowledge:read']);
    await settled(owner.organizationId);
    const member = await register(app.client);
    await app.database.query(
      `UPDATE memberships SET organization_id = $1, role = 'member', created_at = now() WHERE user_id = $2`,
      [owner.organizationId, member.userId],
    );
    const session = await login(member.email);
    expect(await list(session)).toMatchObject({ unread_count: 0, total_count: 1, data: [{ read: true }] });
    await withKey(owner.session, ['knowledge:read']);
    await settled(owner.organizationId);
    expect(await list(session)).toMatchObject({ unread_count: 1, data: [{ read: false }, { read: true }] });
    expect(await list(owner.session)).toMatchObject({ unread_count: 2 });
  });

  it('see it as read if it was read by all before marks were per reader', async () => {
    const owner = await register(app.client);
    const key = await withKey(owner.session, ['notifications:read']);
    await settled(owner.organizationId);
    await app.database.query('UPDATE notifications SET read_at = now() WHERE organization_id = $1', [
      owner.organizationId,
    ]);
    for (const reader of [owner.session, key]) expect((await list(reader)).unread_count).toBe(0);
  });

  it('exclude other organizations', async () => {
    const owner = await register(app.client);
    await withKey(owner.session, ['knowledge:read']);
    await settled(owner.organizationId);
    expect((await list(stranger.session)).total_count).toBe(0);
    const [notification] = (await list(owner.session)).data as [Notification];
    const foreign = await mark(stranger.session, { notification_ids: [notification.id] });
    const never = await mark(stranger.session, { notification_ids: [NO_ID] });
    expect(foreign.body).toEqual({ marked_count: 0, unread_count: 0 });
    expect(foreign.body).toEqual(never.body);
    expect((await list(owner.session)).unread_count).toBe(1);
  });

  it('exclude the live organization if it concerns the sandbox', async () => {
    const owner = await register(app.client);
    const reader = await withKey(owner.session, ['notifications:read'], 'test');
    const [sandbox] = await app.database.query<{ id: string }>('SELECT id FROM organizations WHERE parent_id = $1', [
      owner.organizationId,
    ]);
    const organizationId = sandbox?.id as string;
    const event = { type: 'organization.restored', subject: organizationId, payload: {}, organizationId } as const;
    const events = app.nest.get<Events<typeof organizationsEvents>>(Events, { strict: false });
    await app.nest.get(Database).asPlatform(() => events.record(event));
    await settled(owner.organizationId);
    await settled(organizationId);
    expect((await list(reader)).total_count).toBe(1);
    expect((await list(owner.session)).total_count).toBe(1);
  });
});

describe('GET /api/v1/notifications', () => {
  let reader: Account;
  beforeAll(async () => {
    reader = await register(app.client);
    for (let n = 0; n < 5; n += 1) await withKey(reader.session, ['knowledge:read']);
    await settled(reader.organizationId);
  });

  describe('200', () => {
    it('counts all, on any page', async () => {
      const first = await list(reader.session, '?limit=2');
      expect(first).toMatchObject({ unread_count: 5, total_count: 5, has_more: true });
      const second = await list(reader.session, `?limit=2&cursor=${first.next_cursor}`);
      const third = await list(reader.session, `?limit=2&cursor=${second.next_cursor}`);
      expect(third).toMatchObject({ unread_count: 5, total_count: 5, next_cursor: null, has_more: false });
      const ids = [first, second, third].flatMap(({ data }) => data.map(({ id }) => id));
      expect(new Set(ids).size).toBe(5);
      expect(ids).toEqual([...ids].sort().reverse());
    });
  });

  describe('400', () => {
    it('rejects a broken cursor', async () => {
      expectProblem(await reader.session.get(`${NOTIFICATIONS}?cursor=x`), 'INVALID_CURSOR');
    });
  });
});

describe('POST /api/v1/notifications/mark-read', () => {
  let reader: Account;
  let ids: string[];
  beforeAll(async () => {
    reader = await register(app.client);
    for (let n = 0; n < 4; n += 1) await withKey(reader.session, ['knowledge:read']);
    await settled(reader.organizationId);
    ids = (await list(reader.session)).data.map(({ id }) => id);
  });

  describe('200', () => {
    it('marks by ids, each once, and then all', async () => {
      const [first, second] = ids as [string, string];
      const byIds = await mark(reader.session, { notification_ids: [first, second, second, randomUUID()] });
      expect(byIds).toMatchObject({ status: 200, body: { marked_count: 2, unread_count: 2 } });
      expect((await list(reader.session)).data.map(({ read }) => read)).toEqual([true, true, false, false]);
      const again = await mark(reader.session, { notification_ids: [first] });
      expect(again.body).toEqual({ marked_count: 0, unread_count: 2 });
      expect((await mark(reader.session, { all: true })).body).toEqual({ marked_count: 2, unread_count: 0 });
      expect(await list(reader.session)).toMatchObject({ unread_count: 0, total_count: 4 });
    });
  });

  describe('422', () => {
    it.each(
      named<object>([
        ['notification_ids', {}],
        ['notification_ids', { notification_ids: [NO_ID], all: true }],
        ['notification_ids', { notification_ids: [] }],
        ['notification_ids', { notification_ids: ['x'] }],
        ['notification_ids', { notification_ids: NO_ID }],
        ['notification_ids', { notification_ids: Array.from({ length: 101 }, () => NO_ID) }],
        ['all', { all: false }],
        ['all', { all: 'true' }],
      ]),
    )('rejects %s in %s', async (field, _shown, body) => {
      expectInvalid(await mark(reader.session, body), field);
    });

    it.each([{ all: null }, { notification_ids: null }, { notification_ids: null, all: null }])(
      'rejects %j',
      async (body) => {
        expectProblem(await mark(reader.session, body), 'VALIDATION_ERROR');
      },
    );
  });
});
