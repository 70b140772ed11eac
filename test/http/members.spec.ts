import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { roles, type Role } from '../../src/identity/permissions/roles.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { withKey } from '../harness/fixtures.js';
import { Callers, type Person } from '../harness/callers.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectInvalid, expectProblem, named, NO_ID, TIME, withoutIds, type Page } from '../harness/expectations.js';

interface Member {
  id: string;
  email: string;
  name: string | null;
  role: Role;
  joined_at: string;
}

const ME = '/api/v1/organizations/me';
const MEMBERS = `${ME}/members`;

let app: RunningApp;
let callers: Callers;
/** One organization, new for each test, with one person of each role. */
let owner: Person;
let admin: Person;
let member: Person;
beforeAll(async () => {
  app = await sharedApp();
  callers = new Callers(app);
});
afterAll(() => app.close());
beforeEach(async () => {
  owner = await callers.person();
  admin = await join('admin');
  member = await join('member');
});

const join = (role: Role): Promise<Person> => callers.person({ organizationId: owner.organizationId, role });
const list = (client: TestClient, query = ''): Promise<Answer<Page<Member>>> =>
  client.get<Page<Member>>(MEMBERS + query);
const setRole = (client: TestClient, { userId }: Pick<Person, 'userId'>, role: unknown): Promise<Answer<Member>> =>
  client.call<Member>('PATCH', `${MEMBERS}/${userId}`, { body: { role } });
const remove = (client: TestClient, { userId }: Pick<Person, 'userId'>): Promise<Answer<unknown>> =>
  client.delete(`${MEMBERS}/${userId}`);
const leave = (client: TestClient): Promise<Answer<unknown>> => client.post(`${ME}/leave`);
const rolesNow = async (): Promise<Record<string, Role>> => {
  const { body } = await list((await join('member')).client, '?limit=100');
  return Object.fromEntries(body.data.map(({ id, role }) => [id, role]));
};
const lastAudited = async (): Promise<unknown> => {
  const [entry] = await app.database.query(
    `SELECT action, actor_id AS actor, target_id AS target, details FROM audit_log
     WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1`,
    [owner.organizationId],
  );
  return entry;
};

describe('GET /api/v1/organizations/me/members', () => {
  describe('200', () => {
    it('lists them to every member, in pages', async () => {
      const all = await list(member.client);
      expect(all.status).toBe(200);
      expect(all.body.data).toEqual(
        [member, admin, owner].map(({ userId }, index) => ({
          id: userId,
          email: expect.stringMatching(/@example\.com$/),
          name: null,
          role: roles[index],
          joined_at: expect.stringMatching(TIME),
        })),
      );
      const first = await list(member.client, '?limit=2');
      const rest = await list(member.client, `?limit=2&cursor=${first.body.next_cursor}`);
      expect([...first.body.data, ...rest.body.data]).toEqual(all.body.data);
      expect(rest.body).toMatchObject({ has_more: false, next_cursor: null });
    });

    it('shows no member of another organization', async () => {
      const stranger = await callers.person();
      const { body } = await list(stranger.client);
      expect(body.data.map(({ id }) => id)).toEqual([stranger.userId]);
    });
  });
});

describe('PATCH /api/v1/organizations/me/members/{id}', () => {
  describe('200', () => {
    it('changes the role immediately, and records it', async () => {
      expectProblem(await member.client.patch(ME, { name: 'Ours' }), 'FORBIDDEN');
      const { status, body } = await setRole(admin.client, member, 'admin');
      expect({ status, body }).toMatchObject({ status: 200, body: { id: member.userId, role: 'admin' } });
      await eventually(async () => expect((await member.client.patch(ME, { name: 'Ours' })).status).toBe(200));
      expect(await setRole(admin.client, member, 'member')).toMatchObject({ status: 200 });
      expect(await lastAudited()).toEqual({
        action: 'member.role_changed',
        actor: admin.userId,
        target: member.userId,
        details: { from: 'admin', to: 'member' },
      });
      await eventually(async () => {
        const { body: told } = await member.client.get('/api/v1/notifications');
        expect(told).toMatchObject({ total_count: 2, data: [{ title: 'Your role changed' }, {}] });
      });
      expect((await admin.client.get('/api/v1/notifications')).body).toMatchObject({ total_count: 0 });
    });

    it('lets an owner promote another and then step down', async () => {
      expect(await setRole(owner.client, admin, 'owner')).toMatchObject({ status: 200, body: { role: 'owner' } });
      expect(await setRole(owner.client, owner, 'member')).toMatchObject({ status: 200, body: { role: 'member' } });
      expect(await rolesNow()).toMatchObject({ [owner.userId]: 'member', [admin.userId]: 'owner' });
    });

    it('lets an admin step down', async () => {
      expect(await setRole(admin.client, admin, 'member')).toMatchObject({ status: 200 });
      await eventually(async () => expectProblem(await admin.client.patch(ME, {}), 'FORBIDDEN'));
    });

    it('changes and records nothing if the role is the same', async () => {
      const before = await lastAudited();
      expect(await setRole(member.client, member, 'member')).toMatchObject({ status: 200 });
      expect(await lastAudited()).toEqual(before);
    });
  });

  describe('403', () => {
    it.each([
      ['an admin', 'demote the last owner', () => setRole(admin.client, owner, 'member')],
      ['an admin', 'make himself owner', () => setRole(admin.client, admin, 'owner')],
      ['an admin', 'make somebody else owner', () => setRole(admin.client, member, 'owner')],
      ['a member', 'promote himself', () => setRole(member.client, member, 'admin')],
      ['a member', 'promote somebody else', () => setRole(member.client, admin, 'owner')],
      ['a member', 'demote an admin', () => setRole(member.client, admin, 'member')],
    ])('does not let %s %s', async (_who, _what, attempt) => {
      const before = await rolesNow();
      expectProblem(await attempt(), 'FORBIDDEN');
      expect(await rolesNow()).toMatchObject(before);
    });

    it('depends on the role in the database, not in the cache', async () => {
      expect((await admin.client.get(ME)).status).toBe(200);
      await app.database.query(`UPDATE memberships SET role = 'member' WHERE user_id = $1`, [admin.userId]);
      expectProblem(await setRole(admin.client, member, 'admin'), 'FORBIDDEN');
    });
  });

  describe('404', () => {
    it('is the same for a member of another organization and for an unknown id', async () => {
      const stranger = await callers.person();
      const foreign = await setRole(owner.client, stranger, 'admin');
      expectProblem(foreign, 'NOT_FOUND');
      expect(withoutIds(foreign)).toEqual(withoutIds(await setRole(owner.client, { userId: NO_ID }, 'admin')));
      expectProblem(await setRole(stranger.client, member, 'admin'), 'NOT_FOUND');
      expectProblem(await setRole(owner.client, { userId: 'nobody' }, 'admin'), 'NOT_FOUND');
    });
  });

  describe('409', () => {
    it('keeps the last owner', async () => {
      expectProblem(await setRole(owner.client, owner, 'admin'), 'CONFLICT');
      expect(await rolesNow()).toMatchObject({ [owner.userId]: 'owner' });
    });

    it('does not count an owner whose account is deactivated', async () => {
      const other = await join('owner');
      await app.database.query('UPDATE users SET is_active = false WHERE id = $1', [other.userId]);
      expectProblem(await setRole(owner.client, owner, 'admin'), 'CONFLICT');
    });

    it('keeps one of two owners who demote each other, or themselves, concurrently', async () => {
      for (const targetOf of [(other: Person) => other, (_other: Person, self: Person) => self]) {
        const pair = [owner, await join('owner')] as const;
        const answers = await Promise.all([
          setRole(pair[0].client, targetOf(pair[1], pair[0]), 'member'),
          setRole(pair[1].client, targetOf(pair[0], pair[1]), 'member'),
        ]);
        const statuses = answers.map(({ status }) => status).sort();
        expect(statuses[0]).toBe(200);
        expect([403, 409]).toContain(statuses[1]);
        expect(Object.values(await rolesNow()).filter((role) => role === 'owner')).toHaveLength(1);
        owner = (await rolesNow())[pair[0].userId] === 'owner' ? pair[0] : pair[1];
      }
    });
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['role', 'superuser'],
        ['role', ''],
        ['role', null],
        ['role', ['admin']],
      ]),
    )('rejects %s = %s', async (field, _text, value) => {
      expectInvalid(await setRole(owner.client, member, value), field);
    });
  });
});

describe('DELETE /api/v1/organizations/me/members/{id}', () => {
  describe('204', () => {
    it('refuses the sessions of the removed member immediately, and keeps the keys they created', async () => {
      const key = await withKey(admin.client, ['knowledge:read']);
      expect((await admin.client.get(ME)).status).toBe(200);
      expect(await remove(owner.client, admin)).toMatchObject({ status: 204, body: '' });
      await eventually(async () => expectProblem(await admin.client.get(ME), 'TOKEN_REVOKED'));
      expect((await key.get('/api/v1/knowledge')).status).toBe(200);
      expect(await rolesNow()).not.toHaveProperty(admin.userId);
      expect(await lastAudited()).toEqual({
        action: 'member.removed',
        actor: owner.userId,
        target: admin.userId,
        details: { role: 'admin' },
      });
    });

    it('lets an admin remove an admin', async () => {
      const other = await join('admin');
      expect(await remove(admin.client, other)).toMatchObject({ status: 204 });
    });

    it('lets every member leave', async () => {
      expect(await remove(member.client, member)).toMatchObject({ status: 204 });
      expect(await lastAudited()).toMatchObject({ action: 'member.left', actor: member.userId });
    });
  });

  describe('403', () => {
    it.each([
      ['an admin', 'the last owner', () => remove(admin.client, owner)],
      ['a member', 'an owner', () => remove(member.client, owner)],
      ['a member', 'an admin', () => remove(member.client, admin)],
    ])('does not let %s remove %s', async (_who, _whom, attempt) => {
      expectProblem(await attempt(), 'FORBIDDEN');
    });
  });

  describe('404', () => {
    it('finds no member of another organization, and no removed one', async () => {
      const stranger = await callers.person();
      expectProblem(await remove(owner.client, stranger), 'NOT_FOUND');
      expectProblem(await remove(stranger.client, member), 'NOT_FOUND');
      await remove(owner.client, member);
      expectProblem(await remove(owner.client, member), 'NOT_FOUND');
    });
  });

  describe('409', () => {
    it('keeps the last owner', async () => {
      expectProblem(await remove(owner.client, owner), 'CONFLICT');
    });
  });
});

describe('POST /api/v1/organizations/me/leave', () => {
  it('204: leaves, and is refused from then on', async () => {
    expect(await leave(admin.client)).toMatchObject({ status: 204, body: '' });
    await eventually(async () => expectProblem(await admin.client.get(ME), 'TOKEN_REVOKED'));
  });

  describe('409', () => {
    it('keeps the last owner', async () => {
      expectProblem(await leave(owner.client), 'CONFLICT');
    });

    it('keeps one of two owners who leave concurrently', async () => {
      const other = await join('owner');
      const answers = await Promise.all([leave(owner.client), leave(other.client)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
      expect(Object.values(await rolesNow()).filter((role) => role === 'owner')).toHaveLength(1);
    });
  });
});
