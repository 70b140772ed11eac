import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AcceptInvitation } from '../../src/identity/members/index.js';
import { Crypto } from '../../src/platform/crypto/index.js';
import type { ErrorCode } from '../../src/platform/errors/index.js';
import type { Role } from '../../src/identity/permissions/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { Callers, type Person } from '../harness/callers.js';
import { PASSWORD } from '../harness/fixtures.js';
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

interface Invitation {
  id: string;
  email: string;
  role: Role;
  status: string;
  invited_by: string | null;
  created_at: string;
  expires_at: string;
}

interface Registered {
  access_token: string;
  user: { id: string };
}

const INVITATIONS = '/api/v1/organizations/me/invitations';
const WEEK_MS = 7 * 86_400_000;

let app: TestApp;
let callers: Callers;
let owner: Person;
let admin: Person;
/** A person with an account and their own organization. */
let guest: Person & { email: string };
beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
});
afterAll(() => app.close());
beforeEach(async () => {
  owner = await callers.person();
  admin = await callers.person({ organizationId: owner.organizationId, role: 'admin' });
  guest = await newGuest();
});

const newEmail = (): string => `guest-${randomBytes(6).toString('hex')}@example.com`;
async function newGuest(): Promise<Person & { email: string }> {
  const person = await callers.person();
  const [user] = await app.database.query<{ email: string }>(
    'UPDATE users SET is_verified = false WHERE id = $1 RETURNING email',
    [person.userId],
  );
  return { ...person, email: (user as { email: string }).email };
}
const invite = (client: TestClient, email = newEmail(), role: unknown = 'member'): Promise<Answer<Invitation>> =>
  client.post<Invitation>(INVITATIONS, { email, role });
async function invited(email = guest.email, role: Role = 'member'): Promise<Invitation> {
  const { status, body } = await invite(owner.client, email, role);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}
/** The token in the link of the mail. */
const tokenFor = async ({ id }: Pick<Invitation, 'id'>): Promise<string> =>
  (await app.nest.get(AcceptInvitation, { strict: false }).findLetter(id))?.token as string;
const sealed = (id: string): string => app.nest.get(Crypto, { strict: false }).sealId('invitation', id);
const accept = (client: TestClient, token: unknown): Promise<Answer<unknown>> =>
  client.post('/api/v1/invitations/accept', { token });
const expire = (id: string): Promise<unknown> =>
  app.database.query('UPDATE invitations SET expires_at = now() WHERE id = $1', [id]);
const list = (client: TestClient, query = ''): Promise<Answer<Page<Invitation>>> =>
  client.get<Page<Invitation>>(INVITATIONS + query);
const roleOf = async ({ userId }: Person): Promise<unknown> =>
  (
    await app.database.query<{ role: Role }>(
      'SELECT role FROM memberships WHERE organization_id = $1 AND user_id = $2',
      [owner.organizationId, userId],
    )
  ).map(({ role }) => role);
const toldOf = async (subject: string): Promise<unknown[]> =>
  app.database.query('SELECT type, payload FROM events WHERE subject = $1 ORDER BY id', [subject]);

describe('POST /api/v1/organizations/me/invitations', () => {
  describe('201', () => {
    it('creates an invitation for a week, and never returns the secret', async () => {
      const email = newEmail();
      const { status, body, headers } = await invite(admin.client, ` ${email.toUpperCase()}`);
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(UUID),
        email,
        role: 'member',
        status: 'open',
        invited_by: admin.userId,
        created_at: expect.stringMatching(TIME),
        expires_at: expect.stringMatching(TIME),
      });
      expect(Math.abs(Date.parse(body.expires_at) - Date.parse(body.created_at) - WEEK_MS)).toBeLessThan(60_000);
      expect(headers.get('location')).toBe(`${INVITATIONS}/${body.id}`);
      expect((await owner.client.get(`${INVITATIONS}/${body.id}`)).body).toEqual(body);
    });

    it('is recorded without the address', async () => {
      const { id, email } = await invited();
      expect(await toldOf(id)).toEqual([
        { type: 'invitation.created', payload: { role: 'member', invited_by: owner.userId } },
      ]);
      const tables = await app.database.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('users', 'invitations')`,
      );
      for (const { name } of tables) {
        const found = await app.database.query(`SELECT 1 FROM ${name} t WHERE t::text LIKE $1`, [`%${email}%`]);
        expect({ name, found }).toEqual({ name, found: [] });
      }
    });

    it('lets an owner invite an owner', async () => {
      expect(await invite(owner.client, newEmail(), 'owner')).toMatchObject({ status: 201, body: { role: 'owner' } });
    });

    it('replaces an expired one', async () => {
      const first = await invited();
      await expire(first.id);
      const second = await invited();
      expect((await list(owner.client)).body.data.map(({ id }) => id)).toEqual([second.id]);
    });

    it('invites the same address to another organization too', async () => {
      await invited();
      expect((await invite((await callers.person()).client, guest.email)).status).toBe(201);
    });
  });

  describe('403', () => {
    it('does not let an admin invite an owner, not even himself', async () => {
      expectProblem(await invite(admin.client, newEmail(), 'owner'), 'FORBIDDEN');
      const [self] = await app.database.query<{ email: string }>('SELECT email FROM users WHERE id = $1', [
        admin.userId,
      ]);
      expectProblem(await invite(admin.client, self?.email, 'owner'), 'FORBIDDEN');
      expectProblem(await invite(admin.client, self?.email, 'member'), 'CONFLICT');
    });

    it('does not let a member invite', async () => {
      const member = await callers.person({ organizationId: owner.organizationId, role: 'member' });
      expectProblem(await invite(member.client), 'FORBIDDEN');
      expectProblem(await list(member.client), 'FORBIDDEN');
    });
  });

  describe('409', () => {
    it('refuses an address that is already invited, also for concurrent requests', async () => {
      const email = newEmail();
      const answers = await Promise.all([1, 2, 3].map(() => invite(owner.client, email)));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    });

    it('refuses a member', async () => {
      await accept(guest.client, await tokenFor(await invited()));
      expectProblem(await invite(owner.client, guest.email), 'CONFLICT');
    });
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['email', 'nobody'],
        ['email', null],
        ['role', 'superuser'],
        ['role', null],
      ]),
    )('rejects %s = %s', async (field, _text, value) => {
      const answer = await owner.client.post(INVITATIONS, { email: newEmail(), [field]: value });
      expectInvalid(answer, field);
    });
  });
});

describe('GET /api/v1/organizations/me/invitations', () => {
  it('lists open and expired invitations, newest first, in pages', async () => {
    const made: string[] = [];
    for (let n = 0; n < 4; n += 1) made.unshift((await invited(newEmail())).id);
    await expire(made[1] as string);
    await owner.client.delete(`${INVITATIONS}/${made[2]}`);
    const { body } = await list(owner.client);
    expect(body.data.map(({ id, status }) => [id, status])).toEqual([
      [made[0], 'open'],
      [made[1], 'expired'],
      [made[3], 'open'],
    ]);
    const first = await list(owner.client, '?limit=2');
    const rest = await list(owner.client, `?limit=2&cursor=${first.body.next_cursor}`);
    expect([...first.body.data, ...rest.body.data]).toEqual(body.data);
  });
});

describe('POST /api/v1/organizations/me/invitations/{id}/resend', () => {
  it('200: extends it by another week, and sends it again', async () => {
    const { id } = await invited();
    await expire(id);
    const { status, body } = await admin.client.post<Invitation>(`${INVITATIONS}/${id}/resend`);
    expect({ status, body }).toMatchObject({ status: 200, body: { id, status: 'open' } });
    expect(await toldOf(id)).toEqual([expect.anything(), { type: 'invitation.resent', payload: { role: 'member' } }]);
    expect(await accept(guest.client, await tokenFor({ id }))).toMatchObject({ status: 200 });
  });

  it('403: an admin cannot resend or revoke the invitation of an owner', async () => {
    const { id } = await invited(guest.email, 'owner');
    expectProblem(await admin.client.post(`${INVITATIONS}/${id}/resend`), 'FORBIDDEN');
    expectProblem(await admin.client.delete(`${INVITATIONS}/${id}`), 'FORBIDDEN');
  });
});

describe.each([
  ['GET', ''],
  ['POST', '/resend'],
  ['DELETE', ''],
])('%s /api/v1/organizations/me/invitations/{id}%s', (method, rest) => {
  const call = (client: TestClient, id: string): Promise<Answer<unknown>> =>
    client.call(method, `${INVITATIONS}/${id}${rest}`, {});

  it('404: finds none of another organization, and none that has ended', async () => {
    const { id } = await invited();
    const stranger = await callers.person();
    const foreign = await call(stranger.client, id);
    expectProblem(foreign, 'NOT_FOUND');
    expect(withoutIds(foreign)).toEqual(withoutIds(await call(stranger.client, NO_ID)));
    await accept(guest.client, await tokenFor({ id }));
    expectProblem(await call(owner.client, id), 'NOT_FOUND');
    const revoked = await invited(newEmail());
    expect(await owner.client.delete(`${INVITATIONS}/${revoked.id}`)).toMatchObject({ status: 204, body: '' });
    expectProblem(await call(owner.client, revoked.id), 'NOT_FOUND');
  });
});

describe('POST /api/v1/invitations/accept', () => {
  describe('200', () => {
    it('creates a membership, and confirms the address', async () => {
      const invitation = await invited(guest.email, 'admin');
      const { status, body } = await accept(guest.client, await tokenFor(invitation));
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { id: owner.organizationId, role: 'admin', status: 'active', is_current: false },
      });
      expect(await roleOf(guest)).toEqual(['admin']);
      expect((await guest.client.get('/auth/me')).body).toMatchObject({
        is_verified: true,
        organization_id: guest.organizationId,
      });
      expect(await toldOf(invitation.id)).toContainEqual({
        type: 'invitation.accepted',
        payload: { role: 'admin', user_id: guest.userId },
      });
      expect(await toldOf(guest.userId)).toEqual([
        { type: 'member.joined', payload: { user_id: guest.userId, role: 'admin' } },
      ]);
      const audited = await app.database.query<{ action: string }>(
        'SELECT action FROM audit_log WHERE organization_id = $1 AND actor_id = $2 ORDER BY sequence',
        [owner.organizationId, guest.userId],
      );
      expect(audited.map(({ action }) => action)).toEqual([
        'invitation.accepted',
        'user.email_verified',
        'member.joined',
      ]);
    });

    it('lets the new member switch to it', async () => {
      await accept(guest.client, await tokenFor(await invited()));
      const switched = await guest.client.post('/auth/switch-organization', { organization_id: owner.organizationId });
      expect(switched.status).toBe(200);
      expect((await guest.client.get('/api/v1/organizations/me')).body).toMatchObject({ role: 'member' });
    });

    it('creates one membership for two concurrent acceptances', async () => {
      const token = await tokenFor(await invited());
      const answers = await Promise.all([1, 2, 3].map(() => accept(guest.client, token)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410]);
      expect(await roleOf(guest)).toEqual(['member']);
    });

    it('keeps the role of a person who has become a member in another way', async () => {
      const { id } = await invited(guest.email, 'member');
      await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'admin')`, [
        owner.organizationId,
        guest.userId,
      ]);
      expect(await accept(guest.client, await tokenFor({ id }))).toMatchObject({
        status: 200,
        body: { role: 'admin' },
      });
      expect(await roleOf(guest)).toEqual(['admin']);
    });
  });

  describe('403', () => {
    it('refuses the account of another address, and does not reveal the invited one', async () => {
      const invitation = await invited();
      const token = await tokenFor(invitation);
      const other = await newGuest();
      const problem = expectProblem(await accept(other.client, token), 'FORBIDDEN');
      expect(problem.detail).toContain('another address');
      expect(JSON.stringify(problem)).not.toContain(guest.email);
      expect(await roleOf(other)).toEqual([]);
      expect((await other.client.get('/auth/me')).body).toMatchObject({ is_verified: false });
      expect(await accept(guest.client, token)).toMatchObject({ status: 200 });
    });
  });

  describe('404', () => {
    it('rejects a forged token', async () => {
      const { id } = await invited();
      const token = await tokenFor({ id });
      const other = sealed(NO_ID);
      const wrongPurpose = app.nest.get(Crypto, { strict: false }).sealId('verify-email', id);
      const mixed = `${id}.${other.split('.')[1]}`;
      for (const forged of [id, `${id}.`, `${token}x`, token.slice(0, -1), mixed, other, wrongPurpose, `${token}.x`]) {
        expectProblem(await accept(guest.client, forged), 'NOT_FOUND');
      }
      expect(await roleOf(guest)).toEqual([]);
    });
  });

  describe('409', () => {
    it('refuses while the organization is suspended, and succeeds after that', async () => {
      const token = await tokenFor(await invited());
      const suspend = (at: string): Promise<unknown> =>
        app.database.query(`UPDATE organizations SET suspended_at = ${at} WHERE id = $1`, [owner.organizationId]);
      await suspend('now()');
      expectProblem(await accept(guest.client, token), 'CONFLICT');
      await suspend('NULL');
      expect(await accept(guest.client, token)).toMatchObject({ status: 200 });
    });
  });

  describe('410', () => {
    it('refuses a used invitation, also for a removed member', async () => {
      const token = await tokenFor(await invited());
      await accept(guest.client, token);
      expectProblem(await accept(guest.client, token), 'GONE');
      await owner.client.delete(`/api/v1/organizations/me/members/${guest.userId}`);
      expectProblem(await accept(guest.client, token), 'GONE');
      expect(await roleOf(guest)).toEqual([]);
    });

    it.each<[string, (id: string) => Promise<unknown>]>([
      ['expired', expire],
      ['was revoked', (id) => owner.client.delete(`${INVITATIONS}/${id}`)],
      [
        'leads to a deleted organization',
        () => app.database.query('UPDATE organizations SET deleted_at = now() WHERE id = $1', [owner.organizationId]),
      ],
    ])('refuses one that %s', async (_why, end) => {
      const { id } = await invited();
      const token = await tokenFor({ id });
      await end(id);
      expectProblem(await accept(guest.client, token), 'GONE');
      expect(await roleOf(guest)).toEqual([]);
    });
  });

  describe('422', () => {
    it.each(
      named<unknown>([
        ['token', ''],
        ['token', null],
        ['token', 1],
        ['token', 'x'.repeat(501)],
      ]),
    )('rejects %s = %s', async (field, _text, value) => {
      expectInvalid(await accept(guest.client, value), field);
    });
  });
});

describe('POST /api/v1/invitations/inspect', () => {
  const inspect = (token: unknown): Promise<Answer<unknown>> =>
    app.client.post('/api/v1/invitations/inspect', { token });

  it('200: shows inviter and organization, without using the invitation', async () => {
    await app.database.query(`UPDATE users SET name = 'Ada' WHERE id = $1`, [owner.userId]);
    const invitation = await invited(guest.email, 'admin');
    const token = await tokenFor(invitation);
    for (const answer of [await inspect(token), await inspect(token)]) {
      expect(answer).toMatchObject({ status: 200 });
      expect(answer.body).toEqual({
        organization_name: 'Test',
        inviter_name: 'Ada',
        email: guest.email,
        role: 'admin',
        has_account: true,
        expires_at: invitation.expires_at,
      });
    }
    expect(await accept(guest.client, token)).toMatchObject({ status: 200 });
  });

  it('200: reports that no account has the address yet', async () => {
    const { body } = await inspect(await tokenFor(await invited(newEmail())));
    expect(body).toMatchObject({ has_account: false, inviter_name: null });
  });

  it('404: shows nothing for a forged token, and says what to do', async () => {
    const { id } = await invited();
    for (const forged of [id, `${await tokenFor({ id })}x`, sealed(NO_ID)]) {
      expect(expectProblem(await inspect(forged), 'NOT_FOUND').detail).toContain('ask for a new invitation');
    }
  });

  it('410: shows nothing of an invitation that has ended', async () => {
    const [used, old, revoked] = [await invited(), await invited(newEmail()), await invited(newEmail())];
    const tokens = await Promise.all([used, old, revoked].map(tokenFor));
    await accept(guest.client, tokens[0]);
    await expire(old.id);
    await owner.client.delete(`${INVITATIONS}/${revoked.id}`);
    for (const token of tokens) {
      const problem = expectProblem(await inspect(token), 'GONE');
      expect(problem.detail).toContain('Ask the person who invited you');
      expect(JSON.stringify(problem)).not.toContain('@');
    }
  });

  it('409: shows nothing while the organization is suspended', async () => {
    const token = await tokenFor(await invited());
    await app.database.query('UPDATE organizations SET suspended_at = now() WHERE id = $1', [owner.organizationId]);
    expectProblem(await inspect(token), 'CONFLICT');
  });
});

describe('POST /auth/register with invitation_token', () => {
  const register = (email: string, token: unknown): Promise<Answer<Registered>> =>
    app.client.post<Registered>('/auth/register', { email, password: PASSWORD, invitation_token: token });
  const accountsOf = (email: string): Promise<unknown[]> =>
    app.database.query('SELECT id FROM users WHERE email = $1', [email]);

  it('201: creates the account in the inviting organization, with its address confirmed', async () => {
    const { id, email } = await invited(newEmail(), 'admin');
    const token = await tokenFor({ id });
    const { status, body } = await register(email, token);
    expect({ status, user: body.user }).toMatchObject({
      status: 201,
      user: { email, is_verified: true, organization_id: owner.organizationId },
    });
    const client = app.client.as(body.access_token);
    expect((await client.get('/api/v1/organizations/me')).body).toMatchObject({
      id: owner.organizationId,
      role: 'admin',
    });
    expect((await client.get<Page<unknown>>('/api/v1/organizations')).body.data).toHaveLength(1);
    expect((await toldOf(body.user.id)).map((event) => (event as { type: string }).type)).toEqual([
      'member.joined',
      'user.registered',
    ]);
    expectProblem(await register(newEmail(), token), 'FORBIDDEN');
  });

  it('403: creates no account with an address other than the invited one', async () => {
    const { id, email } = await invited(newEmail());
    const token = await tokenFor({ id });
    const mistyped = email.replace('guest', 'gues');
    const problem = expectProblem(await register(mistyped, token), 'FORBIDDEN');
    expect(JSON.stringify(problem)).not.toContain(email);
    expect(await accountsOf(mistyped)).toEqual([]);
    expect(await register(email, token)).toMatchObject({ status: 201 });
  });

  it.each<[string, ErrorCode, (id: string) => Promise<unknown>, (token: string) => string]>([
    ['404: a forged token', 'NOT_FOUND', async () => undefined, (token) => `${token}x`],
    ['410: an expired one', 'GONE', expire, (token) => token],
    ['422: an empty one', 'VALIDATION_ERROR', async () => undefined, () => ''],
  ])('%s creates no account', async (_name, code, spoil, change) => {
    const { id, email } = await invited(newEmail());
    const token = change(await tokenFor({ id }));
    await spoil(id);
    expectProblem(await register(email, token), code);
    expect(await accountsOf(email)).toEqual([]);
  });

  it('409: refuses an address that has an account', async () => {
    const { id } = await invited();
    const token = await tokenFor({ id });
    expectProblem(await register(guest.email, token), 'CONFLICT');
    expect(await accept(guest.client, token)).toMatchObject({ status: 200 });
  });
});

describe('the mail to the invited person', () => {
  const letter = (id: string) => app.nest.get(AcceptInvitation, { strict: false }).findLetter(id);

  it('names inviter and organization, and contains the secret', async () => {
    await app.database.query(`UPDATE users SET name = 'Ada' WHERE id = $1`, [owner.userId]);
    const { id, email, expires_at: expiresAt } = await invited();
    expect(await letter(id)).toEqual({
      email,
      role: 'member',
      organizationName: 'Test',
      inviterName: 'Ada',
      expiresAt: new Date(expiresAt),
      token: sealed(id),
    });
  });

  it('is not sent if the invitation is no longer open', async () => {
    const { id } = await invited();
    await expire(id);
    expect(await letter(id)).toBeUndefined();
    expect(await letter(NO_ID)).toBeUndefined();
  });
});
