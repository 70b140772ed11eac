import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Tier } from '../../src/identity/permissions/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey } from '../harness/fixtures.js';
import { Callers, type Person } from '../harness/callers.js';
import { expectInvalid, expectProblem, named, NO_ID, TIME, type Page } from '../harness/expectations.js';

interface User {
  id: string;
  email: string;
  is_active: boolean;
  is_superuser: boolean;
}

interface Organization {
  id: string;
  name: string;
  plan: string;
  status: string;
}

const USERS = '/api/v1/admin/users';
const ORGANIZATIONS = '/api/v1/admin/organizations';
const PLATFORM = '00000000-0000-0000-0000-000000000000';

let app: TestApp;
let callers: Callers;
let root: Person;
/** Another person, new for each test. */
let person: Person;
beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  root = await callers.person({ role: 'member', isSuperuser: true });
});
afterAll(() => app.close());
beforeEach(async () => {
  person = await callers.person();
});

const get = <Body>(path: string): Promise<Answer<Body>> => root.client.get<Body>(path);
const setUser = (id: string, change: object, client: TestClient = root.client): Promise<Answer<User>> =>
  client.patch<User>(`${USERS}/${id}`, change);
const setOrganization = (id: string, change: object): Promise<Answer<Organization>> =>
  root.client.patch<Organization>(`${ORGANIZATIONS}/${id}`, change);
const sandboxOf = async (id: string): Promise<string> => {
  const [row] = await app.database.query<{ id: string }>('SELECT id FROM organizations WHERE parent_id = $1', [id]);
  return (row as { id: string }).id;
};
/** The audit log’s entries about a target, as [chain, action, actor]. */
const auditedOf = async (target: string): Promise<string[][]> =>
  (
    await app.database.query<{ chain: string; action: string; actor: string }>(
      `SELECT organization_id AS chain, action, actor_id AS actor FROM audit_log
       WHERE target_id = $1 AND action NOT LIKE 'organization.created' ORDER BY organization_id, sequence`,
      [target],
    )
  ).map(({ chain, action, actor }) => [chain, action, actor]);

describe('GET /api/v1/admin/users', () => {
  describe('200', () => {
    it('lists every account, newest first, in pages', async () => {
      const all = await get<Page<User>>(`${USERS}?limit=100`);
      const first = await get<Page<User>>(`${USERS}?limit=1`);
      const second = await get<Page<User>>(`${USERS}?limit=1&cursor=${first.body.next_cursor}`);
      expect(all.body.data[0]?.id).toBe(person.userId);
      expect([...first.body.data, ...second.body.data]).toEqual(all.body.data.slice(0, 2));
      expect(all.body.data.find(({ id }) => id === root.userId)).toEqual({
        id: root.userId,
        email: expect.stringMatching(/@example\.com$/),
        email_issue: null,
        name: null,
        is_active: true,
        is_verified: true,
        is_superuser: true,
        created_at: expect.stringMatching(TIME),
      });
    });

    it('searches by the start of the address, with literal %, _ and \\', async () => {
      const tag = randomBytes(4).toString('hex');
      const emails = [`${tag}_a@example.com`, `${tag}xa@example.com`, `${tag}%b@example.com`, `${tag}\\c@example.com`];
      const ids: string[] = [];
      for (const email of emails) {
        const { userId } = await callers.person();
        await app.database.query('UPDATE users SET email = $2 WHERE id = $1', [userId, email]);
        ids.push(userId);
      }
      const found = async (email: string): Promise<string[]> => {
        const { body } = await get<Page<User>>(`${USERS}?email=${encodeURIComponent(email)}`);
        return body.data.map(({ id }) => id);
      };
      expect(await found(tag.toUpperCase())).toEqual([...ids].reverse());
      expect(await found(`${tag}_`)).toEqual([ids[0]]);
      expect(await found(`${tag}%`)).toEqual([ids[2]]);
      expect(await found(`${tag}\\`)).toEqual([ids[3]]);
      expect(await found(emails[1] as string)).toEqual([ids[1]]);
      expect(await found('example.com')).toEqual([]);
      expect(await found(`' OR true --`)).toEqual([]);
    });

    it('distinguishes open accounts from deactivated ones', async () => {
      await setUser(person.userId, { is_active: false });
      const idsOf = async (query: string): Promise<string[]> =>
        (await get<Page<User>>(`${USERS}?limit=100&${query}`)).body.data.map(({ id }) => id);
      expect(await idsOf('is_active=false')).toContain(person.userId);
      expect(await idsOf('is_active=true')).not.toContain(person.userId);
      expect(await idsOf('is_active=true')).toContain(root.userId);
    });
  });

  describe('422', () => {
    it.each([
      ['email', ''],
      ['email', 'x'.repeat(255)],
      ['is_active', 'yes'],
      ['is_active', ''],
      ['limit', '0'],
      ['name', 'Ada'],
    ])('rejects %s=%s', async (field, value) => {
      expectInvalid(await get(`${USERS}?${field}=${value}`), field);
    });
  });
});

describe('PATCH /api/v1/admin/users/{id}', () => {
  describe('200', () => {
    it('deactivates an account: its sessions end immediately and permanently, its keys stay', async () => {
      const ada = await register(app.client);
      const key = await withKey(ada.session, ['knowledge:read']);
      expect((await ada.session.get('/auth/me')).status).toBe(200);
      const { status, body } = await setUser(ada.userId, { is_active: false });
      expect({ status, body }).toMatchObject({ status: 200, body: { id: ada.userId, is_active: false } });
      await eventually(async () => expectProblem(await ada.session.get('/auth/me'), 'TOKEN_REVOKED'));
      const credentials = { email: ada.email, password: PASSWORD };
      expectProblem(await app.client.post('/auth/login', credentials), 'INVALID_CREDENTIALS');
      expect((await key.get('/api/v1/knowledge')).status).toBe(200);

      expect(await setUser(ada.userId, { is_active: true })).toMatchObject({ status: 200, body: { is_active: true } });
      expectProblem(await ada.session.get('/auth/me'), 'TOKEN_REVOKED');
      expectProblem(await app.client.post('/auth/refresh', { refresh_token: ada.refreshToken }), 'TOKEN_REVOKED');
      expect((await app.client.post('/auth/login', credentials)).status).toBe(200);
    });

    it('is audited in the logs of the person’s organizations and of the server', async () => {
      await setUser(person.userId, { is_active: false });
      await setUser(person.userId, { is_active: false });
      await setUser(person.userId, { is_active: true });
      const both = (chain: string): string[][] => [
        [chain, 'user.deactivated', root.userId],
        [chain, 'user.reactivated', root.userId],
      ];
      expect(await auditedOf(person.userId)).toEqual([...both(PLATFORM), ...both(person.organizationId)]);
    });

    it('promotes and demotes a superuser immediately', async () => {
      expectProblem(await person.client.get(USERS), 'FORBIDDEN');
      expect(await setUser(person.userId, { is_superuser: true })).toMatchObject({ body: { is_superuser: true } });
      await eventually(async () => expect((await person.client.get(USERS)).status).toBe(200));
      await setUser(person.userId, { is_superuser: false });
      await eventually(async () => expectProblem(await person.client.get(USERS), 'FORBIDDEN'));
      expect(await auditedOf(person.userId)).toEqual([
        [PLATFORM, 'user.superuser_granted', root.userId],
        [PLATFORM, 'user.superuser_revoked', root.userId],
      ]);
    });
  });

  describe('409', () => {
    it.each([{ is_active: false }, { is_superuser: false }, { is_active: true, is_superuser: false }])(
      'does not let superusers lock themselves out: %j',
      async (change) => {
        expectProblem(await setUser(root.userId, change), 'CONFLICT');
        expect((await get<User>(`${USERS}/${root.userId}`)).body).toMatchObject({
          is_active: true,
          is_superuser: true,
        });
      },
    );

    it('lets them set their own present values', async () => {
      expect((await setUser(root.userId, { is_active: true, is_superuser: true })).status).toBe(200);
    });
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['is_active', null],
        ['is_active', 'false'],
        ['is_superuser', 1],
        ['email', 'a@b.example'],
      ]),
    )('rejects %s = %s', async (field, _text, value) => {
      expectInvalid(await setUser(person.userId, { [field]: value }), field);
    });
  });
});

describe('GET /api/v1/admin/organizations', () => {
  describe('200', () => {
    it('lists all except sandboxes, newest first, in pages', async () => {
      const all = await get<Page<Organization>>(`${ORGANIZATIONS}?limit=100`);
      expect(all.body.data[0]).toEqual({
        id: person.organizationId,
        name: 'Test',
        plan: 'enterprise',
        status: 'active',
        created_at: expect.stringMatching(TIME),
        suspended_at: null,
        deleted_at: null,
        purge_at: null,
      });
      expect(all.body.data.map(({ id }) => id)).not.toContain(await sandboxOf(person.organizationId));
      const first = await get<Page<Organization>>(`${ORGANIZATIONS}?limit=1`);
      const second = await get<Page<Organization>>(`${ORGANIZATIONS}?limit=1&cursor=${first.body.next_cursor}`);
      expect([...first.body.data, ...second.body.data]).toEqual(all.body.data.slice(0, 2));
    });

    it('searches by a part of the name, with literal %, _ and \\, and by plan', async () => {
      const tag = randomBytes(4).toString('hex');
      const make = async (name: string, plan: Tier): Promise<string> => {
        const { organizationId } = await callers.person({ plan });
        await app.database.query('UPDATE organizations SET name = $2 WHERE id = $1', [organizationId, name]);
        return organizationId;
      };
      const [percent, underscore] = [
        await make(`The 100% ${tag}`, 'pro'),
        await make(`The 100_ ${tag.toUpperCase()} Shop\\`, 'free'),
      ];
      const found = async (name: string, more = ''): Promise<string[]> => {
        const { body } = await get<Page<Organization>>(`${ORGANIZATIONS}?name=${encodeURIComponent(name)}${more}`);
        return body.data.map(({ id }) => id);
      };
      expect(await found(tag)).toEqual([underscore, percent]);
      expect(await found(`100% ${tag}`)).toEqual([percent]);
      expect(await found(`_ ${tag}`)).toEqual([underscore]);
      expect(await found(`${tag} shop\\`)).toEqual([underscore]);
      expect(await found(`100%${tag}`)).toEqual([]);
      expect(await found(tag, '&plan=pro')).toEqual([percent]);
    });
  });

  describe('422', () => {
    it.each([
      ['plan', 'gold'],
      ['name', ''],
      ['status', 'active'],
    ])('rejects %s=%s', async (field, value) => {
      expectInvalid(await get(`${ORGANIZATIONS}?${field}=${value}`), field);
    });
  });
});

describe('PATCH /api/v1/admin/organizations/{id}', () => {
  describe('200', () => {
    it('sets the plan of it and its sandbox immediately', async () => {
      const { organizationId } = person;
      const { status, body } = await setOrganization(organizationId, { plan: 'pro' });
      expect({ status, body }).toMatchObject({ status: 200, body: { id: organizationId, plan: 'pro' } });
      expect((await person.client.get('/auth/me')).body).toMatchObject({ subscription_plan: 'pro' });
      const plans = await app.database.query('SELECT plan FROM organizations WHERE parent_id = $1', [organizationId]);
      expect(plans).toEqual([{ plan: 'pro' }]);
      expect(await auditedOf(organizationId)).toEqual([[organizationId, 'organization.plan_changed', root.userId]]);
      await eventually(async () => {
        const { body: told } = await person.client.get('/api/v1/notifications');
        expect(told).toMatchObject({ data: [{ title: 'Plan changed' }], total_count: 1 });
      });
    });

    it('suspends it and its sandbox immediately, and resumes both', async () => {
      const { organizationId } = person;
      const keys = await Promise.all([
        withKey(person.client, ['knowledge:read']),
        withKey(person.client, ['knowledge:read'], 'test'),
      ]);
      const tryAll = () =>
        Promise.all([person.client.get('/auth/me'), ...keys.map((key) => key.get('/api/v1/knowledge'))]);
      expect((await tryAll()).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await setOrganization(organizationId, { suspended: true })).toMatchObject({
        status: 200,
        body: { status: 'suspended', suspended_at: expect.stringMatching(TIME) },
      });
      await eventually(async () => {
        for (const answer of await tryAll()) expectProblem(answer, 'TOKEN_REVOKED');
      });
      await setOrganization(organizationId, { suspended: true });
      expect(await setOrganization(organizationId, { suspended: false })).toMatchObject({ body: { status: 'active' } });
      expect((await tryAll()).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await auditedOf(organizationId)).toEqual([
        [organizationId, 'organization.suspended', root.userId],
        [organizationId, 'organization.resumed', root.userId],
      ]);
    });
  });

  describe('404', () => {
    it('does not find a sandbox by itself', async () => {
      const sandbox = await sandboxOf(person.organizationId);
      expectProblem(await get(`${ORGANIZATIONS}/${sandbox}`), 'NOT_FOUND');
      expectProblem(await setOrganization(sandbox, { plan: 'pro' }), 'NOT_FOUND');
    });
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['plan', 'gold'],
        ['plan', null],
        ['suspended', 'true'],
        ['name', 'Mine'],
      ]),
    )('rejects %s = %s', async (field, _text, value) => {
      expectInvalid(await setOrganization(person.organizationId, { [field]: value }), field);
    });
  });
});

describe.each([USERS, ORGANIZATIONS])('%s', (path) => {
  describe('403', () => {
    it('refuses owners and keys with every scope, and nobody can promote themselves', async () => {
      expectProblem(await person.client.get(path), 'FORBIDDEN');
      expectProblem(await person.client.get(`${path}/${person.userId}`), 'FORBIDDEN');
      const key = await withKey(person.client, ['system:read']);
      expectProblem(await key.get(path), 'FORBIDDEN');
      expectProblem(await setUser(person.userId, { is_superuser: true }, person.client), 'FORBIDDEN');
    });
  });

  describe('404', () => {
    it.each([NO_ID, 'nothing'])('does not find %s', async (id) => {
      expectProblem(await get(`${path}/${id}`), 'NOT_FOUND');
      expectProblem(
        await root.client.patch(`${path}/${id}`, path === USERS ? { is_active: false } : { plan: 'pro' }),
        'NOT_FOUND',
      );
    });
  });
});
