import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/identity/permissions/index.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { Callers, type Person } from '../harness/callers.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectInvalid, expectProblem, named, NO_ID, TIME, UUID, type Page } from '../harness/expectations.js';

interface Organization {
  id: string;
  name: string;
  plan: string;
  status: string;
  role: string;
  is_current: boolean;
  purge_at: string | null;
}

const ORGANIZATIONS = '/api/v1/organizations';
const ME = `${ORGANIZATIONS}/me`;

let app: RunningApp;
let callers: Callers;
/** The owner of their own organization, new for each test. */
let owner: Person;
beforeAll(async () => {
  app = await sharedApp();
  callers = new Callers(app);
});
afterAll(() => app.close());
beforeEach(async () => {
  owner = await callers.person();
});

const make = (client: TestClient, name = 'Another'): Promise<Answer<Organization>> =>
  client.post<Organization>(ORGANIZATIONS, { name });
const list = (client: TestClient, query = ''): Promise<Answer<Page<Organization>>> =>
  client.get<Page<Organization>>(ORGANIZATIONS + query);
const current = (client: TestClient): Promise<Answer<Organization>> => client.get<Organization>(ME);
const remove = (client: TestClient, name: unknown = 'Test'): Promise<Answer<unknown>> =>
  client.call('DELETE', ME, { body: { name } });
const restore = (client: TestClient, id: string): Promise<Answer<Organization>> =>
  client.post<Organization>(`${ORGANIZATIONS}/${id}/restore`);
/** A person with that role in the owner’s organization, signed in to another one. */
async function elsewhere(role: Role): Promise<TestClient> {
  const { client, userId } = await callers.person();
  await app.database.query('INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)', [
    owner.organizationId,
    userId,
    role,
  ]);
  return client;
}
/** The entries of an organization in the audit log, and its events. */
async function toldOf(organizationId: string): Promise<{ audited: string[]; events: string[] }> {
  const [audited, events] = await Promise.all([
    app.database.query<{ type: string }>(
      'SELECT action AS type FROM audit_log WHERE organization_id = $1 ORDER BY sequence',
      [organizationId],
    ),
    app.database.query<{ type: string }>('SELECT type FROM events WHERE organization_id = $1 ORDER BY id', [
      organizationId,
    ]),
  ]);
  return { audited: audited.map(({ type }) => type), events: events.map(({ type }) => type) };
}

describe('POST /api/v1/organizations', () => {
  describe('201', () => {
    it('creates an organization with a sandbox and its creator as owner', async () => {
      const { status, body, headers } = await make(owner.client, 'Analytical Engines');
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(UUID),
        name: 'Analytical Engines',
        plan: 'free',
        status: 'active',
        role: 'owner',
        is_current: false,
        log_bodies: false,
        require_app_approval: false,
        created_at: expect.stringMatching(TIME),
        deleted_at: null,
        purge_at: null,
      });
      expect(headers.get('location')).toBe(`${ORGANIZATIONS}/${body.id}`);
      expect((await owner.client.get(`${ORGANIZATIONS}/${body.id}`)).body).toEqual(body);
      const sandboxes = await app.database.query('SELECT environment, plan FROM organizations WHERE parent_id = $1', [
        body.id,
      ]);
      expect(sandboxes).toEqual([{ environment: 'test', plan: 'free' }]);
      expect(await toldOf(body.id)).toEqual({ audited: ['organization.created'], events: ['organization.created'] });
    });

    it('keeps the organization of the session until it switches', async () => {
      const { body } = await make(owner.client);
      expect((await current(owner.client)).body.id).toBe(owner.organizationId);
      expect(await owner.client.post('/auth/switch-organization', { organization_id: body.id })).toMatchObject({
        status: 200,
      });
      expect((await current(owner.client)).body).toEqual({ ...body, is_current: true });
    });
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['name', ''],
        ['name', '  \n'],
        ['name', 'x'.repeat(201)],
        ['name', 1],
        ['name', undefined],
      ]),
    )('rejects %s = %s', async (field, _text, value) => {
      expectInvalid(await owner.client.post(ORGANIZATIONS, { name: value }), field);
    });
  });
});

describe('GET /api/v1/organizations', () => {
  describe('200', () => {
    it('lists one’s own, newest first, in pages', async () => {
      const [second, third] = [(await make(owner.client)).body, (await make(owner.client)).body];
      const expected = [third.id, second.id, owner.organizationId];
      const all = await list(owner.client);
      expect(all.body.data.map(({ id }) => id)).toEqual(expected);
      expect(all.body.data.map(({ is_current: isCurrent }) => isCurrent)).toEqual([false, false, true]);
      const first = await list(owner.client, '?limit=2');
      expect(first.body).toMatchObject({ data: all.body.data.slice(0, 2), has_more: true });
      const rest = await list(owner.client, `?limit=2&cursor=${first.body.next_cursor}`);
      expect(rest.body).toEqual({ data: all.body.data.slice(2), has_more: false, next_cursor: null });
    });

    it('shows the role in each, and no other organizations', async () => {
      const member = await callers.person({ organizationId: owner.organizationId, role: 'member' });
      const { body } = await list(member.client);
      expect(body.data).toMatchObject([{ id: owner.organizationId, role: 'member' }]);
      expect(body.data).toHaveLength(1);
    });
  });

  describe('400', () => {
    it('rejects a broken cursor', async () => {
      expectProblem(await list(owner.client, '?cursor=broken'), 'INVALID_CURSOR');
    });
  });
});

describe('PATCH /api/v1/organizations/me', () => {
  describe('200', () => {
    it('renames it and its sandbox', async () => {
      const { status, body } = await owner.client.patch<Organization>(ME, { name: 'Engines' });
      expect({ status, body }).toMatchObject({ status: 200, body: { id: owner.organizationId, name: 'Engines' } });
      const names = await app.database.query('SELECT name FROM organizations WHERE parent_id = $1', [
        owner.organizationId,
      ]);
      expect(names).toEqual([{ name: 'Engines (test)' }]);
      expect(await toldOf(owner.organizationId)).toEqual({
        audited: ['organization.updated'],
        events: ['organization.updated'],
      });
    });

    it('changes and records nothing without fields', async () => {
      expect((await owner.client.patch(ME, {})).status).toBe(200);
      expect((await owner.client.patch(ME, { name: 'Test' })).status).toBe(200);
      expect(await toldOf(owner.organizationId)).toEqual({ audited: [], events: [] });
    });
  });

  it('requires an admin', async () => {
    const member = await callers.person({ organizationId: owner.organizationId, role: 'member' });
    expectProblem(await member.client.patch(ME, { name: 'Mine' }), 'FORBIDDEN');
    const admin = await callers.person({ organizationId: owner.organizationId, role: 'admin' });
    expect((await admin.client.patch(ME, { name: 'Ours' })).status).toBe(200);
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['name', ''],
        ['name', null],
        ['plan', 'enterprise'],
        ['status', 'active'],
      ]),
    )('rejects %s = %s', async (field, _text, value) => {
      expectInvalid(await owner.client.patch(ME, { [field]: value }), field);
    });
  });
});

describe('DELETE /api/v1/organizations/me', () => {
  describe('204', () => {
    it('refuses sessions and keys of the organization and its sandbox immediately', async () => {
      const member = await callers.person({ organizationId: owner.organizationId, role: 'member' });
      const keys = await Promise.all([
        withKey(owner.client, ['knowledge:read']),
        withKey(owner.client, ['knowledge:read'], 'test'),
      ]);
      for (const key of keys) expect((await key.get('/api/v1/knowledge')).status).toBe(200);
      expect((await member.client.get(ME)).status).toBe(200);
      expect(await remove(owner.client)).toMatchObject({ status: 204, body: '' });
      await eventually(async () => {
        for (const session of [owner.client, member.client]) expectProblem(await session.get(ME), 'TOKEN_REVOKED');
        for (const key of keys) expectProblem(await key.get('/api/v1/knowledge'), 'TOKEN_REVOKED');
      });
      expect(await toldOf(owner.organizationId)).toMatchObject({
        audited: expect.arrayContaining(['organization.deleted']),
        events: expect.arrayContaining(['organization.deleted']),
      });
    });

    it('keeps all data for 30 days, and returns the date', async () => {
      const client = await elsewhere('owner');
      await remove(owner.client);
      const { body } = await client.get<Organization & { deleted_at: string }>(
        `${ORGANIZATIONS}/${owner.organizationId}`,
      );
      expect(body.status).toBe('deleted');
      expect(Date.parse(body.purge_at as string) - Date.parse(body.deleted_at)).toBe(30 * 86_400_000);
    });

    it('lets its owner sign in, even if it was their only one', async () => {
      const ada = await register(app.client);
      const { body: organization } = await current(ada.session);
      expect((await remove(ada.session, organization.name)).status).toBe(204);
      const session = await login(ada);
      expect((await current(session)).body.id).not.toBe(organization.id);
      expect((await restore(session, organization.id)).status).toBe(200);
    });
  });

  it('requires an owner', async () => {
    const admin = await callers.person({ organizationId: owner.organizationId, role: 'admin' });
    expectProblem(await remove(admin.client), 'FORBIDDEN');
  });

  it('requires a sign-in within 15 minutes', async () => {
    const tired = await callers.person({ signedInSecondsAgo: 901 });
    expect(expectProblem(await remove(tired.client), 'FORBIDDEN').detail).toContain('15 minutes');
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['name', 'test'],
        ['name', 'Test '],
        ['name', 'Another'],
        ['name', 1],
        ['name', undefined],
      ]),
    )('requires its name, not %s = %s', async (field, _text, value) => {
      expectInvalid(await owner.client.call('DELETE', ME, { body: { name: value } }), field);
      expect((await current(owner.client)).body.status).toBe('active');
    });
  });
});

describe('POST /api/v1/organizations/{id}/restore', () => {
  describe('200', () => {
    it('reopens it with its keys', async () => {
      const client = await elsewhere('owner');
      const key = await withKey(owner.client, ['knowledge:read'], 'test');
      await remove(owner.client);
      const { status, body } = await restore(client, owner.organizationId);
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { id: owner.organizationId, status: 'active', deleted_at: null, purge_at: null, is_current: false },
      });
      expect((await key.get('/api/v1/knowledge')).status).toBe(200);
      expect((await toldOf(owner.organizationId)).audited.slice(-2)).toEqual([
        'organization.deleted',
        'organization.restored',
      ]);
    });
  });

  it('requires an owner', async () => {
    const client = await elsewhere('admin');
    await remove(owner.client);
    expectProblem(await restore(client, owner.organizationId), 'FORBIDDEN');
  });

  describe('404', () => {
    it('finds no organization of others, deleted or not', async () => {
      const stranger = await callers.person();
      expectProblem(await restore(stranger.client, owner.organizationId), 'NOT_FOUND');
      await remove(owner.client);
      expectProblem(await restore(stranger.client, owner.organizationId), 'NOT_FOUND');
      expectProblem(await restore(stranger.client, NO_ID), 'NOT_FOUND');
    });
  });

  describe('409', () => {
    it('refuses an organization that was not deleted', async () => {
      expectProblem(await restore(owner.client, owner.organizationId), 'CONFLICT');
    });
  });
});

describe('an organization due for its purge', () => {
  it('is deleted with its sandbox and everything that refers to either', async () => {
    const ada = await register(app.client);
    const other = await register(app.client);
    const { organizationId } = ada;
    for (const environment of ['live', 'test'] as const) {
      const key = await withKey(ada.session, ['knowledge:write', 'conversations:write'], environment);
      await key.post('/api/v1/knowledge', { title: 'Title', content: 'Some text.' });
      await key.post('/api/v1/chat', { message: 'Is there some text?' });
    }
    const { body } = await current(ada.session);
    await remove(ada.session, body.name);
    const [sandbox] = await app.database.query<{ id: string }>('SELECT id FROM organizations WHERE parent_id = $1', [
      organizationId,
    ]);
    const ids = [organizationId, (sandbox as { id: string }).id];
    const before = await tablesWith(ids);
    expect(before).toEqual(expect.arrayContaining(['audit_log', 'events', 'knowledge', 'messages', 'organizations']));
    const untouched = await rowsOf(other.organizationId);

    await app.database.query('UPDATE organizations SET purge_at = now() WHERE id = $1', [organizationId]);
    await eventually(async () => expect(await tablesWith(ids)).toEqual([]));

    expect(await rowsOf(other.organizationId)).toEqual(untouched);
    const purged = await app.database.query(
      `SELECT actor_kind, organization_id FROM audit_log WHERE action = 'organization.purged' AND target_id = $1`,
      [organizationId],
    );
    expect(purged).toEqual([{ actor_kind: 'system', organization_id: '00000000-0000-0000-0000-000000000000' }]);
    const session = await login(ada);
    expectProblem(await restore(session, organizationId), 'NOT_FOUND');
  });

  it('is kept before that date', async () => {
    await remove(owner.client);
    const due = await callers.person();
    await app.database.query('UPDATE organizations SET deleted_at = now(), purge_at = now() WHERE id = $1', [
      due.organizationId,
    ]);
    await eventually(async () => expect(await tablesWith([due.organizationId])).toEqual([]));
    expect(await tablesWith([owner.organizationId])).toContain('organizations');
  });
});

async function login({ email }: Account): Promise<TestClient> {
  const { body } = await app.client.post<{ access_token: string }>('/auth/login', { email, password: PASSWORD });
  return app.client.as(body.access_token);
}

/** Tables that mention one of these ids. */
async function tablesWith(ids: string[]): Promise<string[]> {
  const counts = await Promise.all(ids.map(rowsOf));
  return [...new Set(counts.flatMap((tables) => Object.keys(tables)))].sort();
}

/** Table -> how many of its rows belong to that organization. The platform’s chain records the purge, and stays. */
async function rowsOf(organizationId: string): Promise<Record<string, number>> {
  const tables = await app.database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'organization_id' UNION SELECT 'organizations'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const column = name === 'organizations' ? 'id' : 'organization_id';
    const [row] = await app.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${name} WHERE ${column} = $1`,
      [organizationId],
    );
    if (row?.n) counts[name] = row.n;
  }
  return counts;
}
