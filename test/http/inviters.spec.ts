import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AcceptInvitation } from '../../src/identity/members/index.js';
import type { Role } from '../../src/identity/permissions/index.js';
import { Crypto } from '../../src/platform/crypto/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { confirmAddress, PASSWORD, register, type Account } from '../harness/fixtures.js';
import { Callers } from '../harness/callers.js';
import { expectProblem } from '../harness/expectations.js';

const ME = '/api/v1/organizations/me';

let app: TestApp;
let owner: Account;
/** Invites people, and then loses the right to. */
let inviter: Account;
/** A second account of the inviter. */
let guest: Account;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
beforeEach(async () => {
  [owner, inviter, guest] = await Promise.all([register(app.client), register(app.client), register(app.client)]);
  await Promise.all([owner, inviter].map((account) => confirmAddress(app.database, account)));
  await join(inviter, 'owner');
});

async function join({ userId, session }: Account, role: Role): Promise<void> {
  await app.database.query('INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)', [
    owner.organizationId,
    userId,
    role,
  ]);
  const switched = await session.post('/auth/switch-organization', { organization_id: owner.organizationId });
  expect(switched.status).toBe(200);
}
async function invite(
  by: Account,
  role: Role,
  email = `x-${randomBytes(6).toString('hex')}@example.com`,
): Promise<string> {
  const { status, body } = await by.session.post<{ id: string }>(`${ME}/invitations`, { email, role });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.id;
}
/** The token from the mail, whether it was sent before or after the invitation ended. */
const secretOf = (id: string): string => app.nest.get(Crypto, { strict: false }).sealId('invitation', id);
const accept = ({ session }: Account, id: string): Promise<Answer<unknown>> =>
  session.post('/api/v1/invitations/accept', { token: secretOf(id) });
const letterOf = (id: string): Promise<unknown> => app.nest.get(AcceptInvitation, { strict: false }).findLetter(id);
const openOf = async (): Promise<string[]> => {
  const { body } = await owner.session.get<{ data: { id: string }[] }>(`${ME}/invitations`);
  return body.data.map(({ id }) => id);
};
const superuser = async (): Promise<TestClient> => (await new Callers(app).person({ isSuperuser: true })).client;
const memberPath = (): string => `${ME}/members/${inviter.userId}`;
const audited = (id: string): Promise<unknown[]> =>
  app.database.query(`SELECT actor_id FROM audit_log WHERE action = 'invitation.revoked' AND target_id = $1`, [id]);
const told = (id: string): Promise<unknown[]> =>
  app.database.query(`SELECT payload FROM events WHERE type = 'invitation.revoked' AND subject = $1`, [id]);

const ENDS: [string, () => Promise<Answer<unknown>>, () => string][] = [
  ['is removed', () => owner.session.delete(memberPath()), () => owner.userId],
  ['leaves', () => inviter.session.post(`${ME}/leave`), () => inviter.userId],
  ['becomes a member', () => owner.session.patch(memberPath(), { role: 'member' }), () => owner.userId],
  ['lowers their own role', () => inviter.session.patch(memberPath(), { role: 'member' }), () => inviter.userId],
  [
    'erases the account',
    () => inviter.session.call('DELETE', '/api/v1/users/me', { body: { password: PASSWORD } }),
    () => inviter.userId,
  ],
];

describe.each(ENDS)('the open invitations of a person who %s', (_what, end, actor) => {
  it('end with an event, and cannot be accepted', async () => {
    const mine = [
      await invite(inviter, 'member', guest.email),
      await invite(inviter, 'admin'),
      await invite(inviter, 'owner'),
    ];
    const other = await invite(owner, 'admin');
    expect((await end()).status).toBeLessThan(300);
    expect(await openOf()).toEqual([other]);
    expectProblem(await accept(guest, mine[0] as string), 'GONE');
    for (const id of mine) {
      expect(await letterOf(id)).toBeUndefined();
      expect(await audited(id)).toEqual([{ actor_id: actor() }]);
      expect(await told(id)).toHaveLength(1);
    }
  });
});

it('an owner who becomes an admin loses only invitations of owners', async () => {
  const [asOwner, asAdmin] = [await invite(inviter, 'owner'), await invite(inviter, 'admin', guest.email)];
  expect((await owner.session.patch(memberPath(), { role: 'admin' })).status).toBe(200);
  expect(await openOf()).toEqual([asAdmin]);
  expect(await audited(asOwner)).toHaveLength(1);
  expect(await accept(guest, asAdmin)).toMatchObject({ status: 200, body: { role: 'admin' } });
});

it('an account that is deactivated loses its invitations permanently', async () => {
  const id = await invite(inviter, 'member', guest.email);
  const admin = await superuser();
  for (const isActive of [false, true]) {
    expect((await admin.patch(`/api/v1/admin/users/${inviter.userId}`, { is_active: isActive })).status).toBe(200);
    expectProblem(await accept(guest, id), 'GONE');
  }
  expect(await audited(id)).toHaveLength(1);
});

it('an organization that is suspended loses all of them permanently', async () => {
  const ids = [await invite(inviter, 'member', guest.email), await invite(owner, 'admin')];
  const admin = await superuser();
  for (const suspended of [true, false]) {
    const path = `/api/v1/admin/organizations/${owner.organizationId}`;
    expect((await admin.patch(path, { suspended })).status).toBe(200);
  }
  expectProblem(await accept(guest, ids[0] as string), 'GONE');
  expect(await openOf()).toEqual([]);
  for (const id of ids) expect(await audited(id)).toHaveLength(1);
});

describe('an invitation that is still open', () => {
  it.each<[string, string]>([
    ['is no member any more', 'DELETE FROM memberships WHERE user_id = $1 AND organization_id = $2'],
    ['is an ordinary member', `UPDATE memberships SET role = 'member' WHERE user_id = $1 AND organization_id = $2`],
    ['may not make an owner', `UPDATE memberships SET role = 'admin' WHERE user_id = $1 AND organization_id = $2`],
    ['has a closed account', 'UPDATE users SET is_active = false WHERE id = $1 AND $2::uuid IS NOT NULL'],
    ['is unknown', 'UPDATE invitations SET invited_by = NULL WHERE invited_by = $1 AND organization_id = $2'],
  ])('cannot be accepted if its inviter %s', async (_what, sql) => {
    const id = await invite(inviter, 'owner', guest.email);
    await app.database.query(sql, [inviter.userId, owner.organizationId]);
    expectProblem(await accept(guest, id), 'GONE');
    const memberships = await app.database.query('SELECT FROM memberships WHERE user_id = $1', [guest.userId]);
    expect(memberships).toHaveLength(1);
  });
});
