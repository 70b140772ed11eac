import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { TestClient, type Answer } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { type MailServer, tokenIn } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { seal } from '../harness/seal.js';
import { expectInvalid, expectProblem } from '../harness/expectations.js';

const ME = '/api/v1/users/me';
const ADDRESS = '203.0.113.77';
const CLIENT = 'hippogriff-browser/1.0';

let app: MailedApp;
let client: TestClient;
let mailServer: MailServer;
beforeAll(async () => {
  app = await startMailedApp({ TRUST_PROXY: '1' });
  ({ client, mailServer } = app);
});
afterAll(() => app.close());

const newEmail = (): string => `new-${randomBytes(6).toString('hex')}@example.com`;
const update = (account: Account, body: object): Promise<Answer<Record<string, unknown>>> =>
  account.session.patch<Record<string, unknown>>(ME, body);
const erase = ({ session }: Account, password = PASSWORD): Promise<Answer<unknown>> =>
  session.call('DELETE', ME, { body: { password } });
const confirm = (token: string): Promise<Answer<unknown>> => client.post<unknown>('/auth/verify-email', { token });
const signInLongAgo = async ({ userId }: Account): Promise<TestClient> => {
  await app.database.query(`UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE user_id = $1`, [
    userId,
  ]);
  const [session] = await app.database.query<{ id: string }>(
    `INSERT INTO sessions (id, organization_id, user_id, ip, expires_at, authenticated_at)
     SELECT gen_random_uuid(), organization_id, user_id, ip, expires_at, authenticated_at FROM sessions
     WHERE user_id = $1 LIMIT 1 RETURNING id`,
    [userId],
  );
  const { body } = await client.post<{ access_token: string }>('/auth/refresh', {
    refresh_token: seal('refresh-token', `${session?.id}.0`),
  });
  return client.as(body.access_token);
};
/** Makes the second person a member of the first one’s organization. */
const join = async (owner: Account, member: Account, role = 'member'): Promise<void> => {
  await confirmAddress(app.database, owner);
  await owner.session.post('/api/v1/organizations/me/invitations', { email: member.email, role });
  const token = tokenIn(await mailServer.waitFor(member.email, /^\[Parlance\] join/i));
  const { status } = await member.session.post('/api/v1/invitations/accept', { token });
  expect(status).toBe(200);
};
/** Calls from an address and with a client that can be found again. */
class Traceable extends TestClient {
  override as(token?: string): Traceable {
    return new Traceable(this.url, token);
  }

  override fetch(...[method, path, options = {}]: Parameters<TestClient['fetch']>): Promise<Response> {
    const headers = { ...options.headers, 'x-forwarded-for': ADDRESS, 'user-agent': CLIENT };
    return super.fetch(method, path, { ...options, headers });
  }
}

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const tables = await app.database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const rows: { text: string }[] = [];
  for (const { name } of tables) {
    rows.push(...(await app.database.query<{ text: string }>(`SELECT '${name}: ' || t::text AS text FROM ${name} t`)));
  }
  return rows.map(({ text }) => text).join('\n');
}

describe(`GET ${ME}`, () => {
  it('shows the account', async () => {
    const ada = await register(client, { name: 'Ada' });
    const [profile, who] = [await ada.session.get<object>(ME), await ada.session.get<object>('/auth/me')];
    expect(profile).toMatchObject({ status: 200, body: { ...who.body, pending_email: null } });
  });
});

describe(`PATCH ${ME}`, () => {
  describe('200', () => {
    it('changes and removes the name', async () => {
      const ada = await register(client);
      expect((await update(ada, { name: 'Ada Lovelace' })).body).toMatchObject({ name: 'Ada Lovelace' });
      expect((await update(ada, {})).body).toMatchObject({ name: 'Ada Lovelace' });
      expect(await update(ada, { name: null })).toMatchObject({ status: 200, body: { name: null } });
    });

    it('changes the address when the mailed link is opened', async () => {
      const [ada, email] = [await register(client), newEmail()];
      const { status, body } = await update(ada, { email: email.toUpperCase() });
      expect({ status, body }).toMatchObject({ status: 200, body: { email: ada.email, pending_email: email } });
      await mailServer.waitFor(ada.email, /change of your email address/);
      const token = tokenIn(await mailServer.waitFor(email, /confirm your new/i));
      expect((await confirm(token)).status).toBe(204);
      expect((await ada.session.get<object>(ME)).body).toMatchObject({ email, pending_email: null, is_verified: true });
      expect((await client.post('/auth/login', { email, password: PASSWORD })).status).toBe(200);
      expectProblem(await client.post('/auth/login', { email: ada.email, password: PASSWORD }), 'INVALID_CREDENTIALS');
      expectProblem(await confirm(token), 'GONE');
    });

    it('is the same if the address is taken, and informs only its owner', async () => {
      const [ada, bob] = [await register(client), await register(client)];
      const [free, taken] = [await update(ada, { email: newEmail() }), await update(ada, { email: bob.email })];
      expect(taken.status).toBe(free.status);
      expect({ ...taken.body, pending_email: null }).toEqual({ ...free.body, pending_email: null });
      expect(taken.body['pending_email']).toBe(bob.email);
      expect((await mailServer.waitFor(bob.email, /already has an account/)).text).not.toContain('token');
      expect((await bob.session.get<object>(ME)).body).toMatchObject({ email: bob.email, pending_email: null });
    });

    it('cancels the change when the present address is sent', async () => {
      const [ada, email] = [await register(client), newEmail()];
      await update(ada, { email });
      const token = tokenIn(await mailServer.waitFor(email, /confirm your new/i));
      expect((await update(ada, { email: ada.email })).body).toMatchObject({ pending_email: null });
      expectProblem(await confirm(token), 'GONE');
    });

    it('allows changing the name long after the sign-in', async () => {
      const session = await signInLongAgo(await register(client));
      expect((await session.patch(ME, { name: 'Ada' })).status).toBe(200);
    });
  });

  describe('403', () => {
    it('requires a recent sign-in for another address', async () => {
      const session = await signInLongAgo(await register(client));
      const answer = await session.patch(ME, { email: newEmail() });
      expectProblem(answer, 'FORBIDDEN');
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_user_authentication');
    });
  });

  describe('409', () => {
    it('refuses an address that was taken before the link was opened', async () => {
      const [ada, email] = [await register(client), newEmail()];
      await update(ada, { email });
      const token = tokenIn(await mailServer.waitFor(email, /confirm your new/i));
      await register(client, { email });
      expectProblem(await confirm(token), 'CONFLICT');
    });
  });

  describe('422', () => {
    it.each([
      ['name', ''],
      ['name', '  '],
      ['name', 7],
      ['name', 'x'.repeat(201)],
      ['email', null],
      ['email', 'nobody'],
      ['email', 'a@example.com\r\nBcc: b@example.com'],
      ['is_superuser', true],
    ])('rejects %s: %j', async (field, value) => {
      expectInvalid(await update(await register(client), { [field]: value }), field);
    });
  });

  describe('429', () => {
    it('mails at most five addresses per hour', async () => {
      const ada = await register(client);
      for (let count = 0; count < 5; count += 1) expect((await update(ada, { email: newEmail() })).status).toBe(200);
      const answer = await update(ada, { email: newEmail() });
      expectProblem(answer, 'RATE_LIMITED');
      expect(answer.headers.get('retry-after')).toBe('3600');
    });
  });
});

describe(`DELETE ${ME}`, () => {
  describe('204', () => {
    it('leaves nothing in the database that identifies the person', async () => {
      const [email, name] = [newEmail(), `Hippolyta ${randomBytes(4).toString('hex')}`];
      const here = new Traceable(client.url);
      const ada = { ...(await register(here, { email, name })), email };
      const bob = await register(client);
      await bob.session.patch(ME, { email });
      await join(bob, ada);
      await bob.session.post('/api/v1/organizations/me/invitations', { email: newEmail(), role: 'member' });
      await here.post('/auth/login', { email, password: PASSWORD });
      await here.post('/auth/login', { email, password: 'not the password' });
      await update(ada, { email: newEmail() });
      await withKey(ada.session, ['knowledge:read']);
      const before = await dump();
      for (const trace of [email, name, ADDRESS, CLIENT]) expect(before).toContain(trace);

      expect(await erase(ada)).toMatchObject({ status: 204, body: '' });
      await eventually(async () => expectProblem(await ada.session.get('/auth/me'), 'TOKEN_REVOKED'));
      expectProblem(await client.post('/auth/login', { email, password: PASSWORD }), 'INVALID_CREDENTIALS');
      // Her own organization is deleted by the next sweep, with its name, which contains hers.
      await eventually(async () => {
        const lines = (await dump()).split('\n');
        for (const trace of [email, name, ADDRESS, CLIENT, ada.organizationId]) {
          const found = lines.filter(
            (line) => line.includes(trace) && !/^(audit_log|events): .*organization.purged/.test(line),
          );
          expect(found).toEqual([]);
        }
      });
      expect((await register(client, { email })).userId).not.toBe(ada.userId);
    });

    it('is reported to the organizations that stay, and their chains stay valid', async () => {
      const [ada, bob] = [await register(client), await register(client)];
      await join(bob, ada);
      await erase(ada);
      const rows = await app.database.query(
        `SELECT action, target_id, origin FROM audit_log WHERE organization_id = $1 AND actor_id = $2 ORDER BY sequence`,
        [bob.organizationId, ada.userId],
      );
      expect(rows.at(-1)).toEqual({ action: 'user.erased', target_id: ada.userId, origin: null });
      const { body } = await bob.session.get<{ data: object[] }>('/api/v1/organizations/me/members');
      expect(body.data).toHaveLength(1);
    });

    it('lets an owner leave if another one stays', async () => {
      const [ada, bob] = [await register(client), await register(client)];
      await join(ada, bob, 'owner');
      expect((await erase(ada)).status).toBe(204);
      const [row] = await app.database.query('SELECT deleted_at FROM organizations WHERE id = $1', [
        ada.organizationId,
      ]);
      expect(row).toEqual({ deleted_at: null });
    });
  });

  describe('401', () => {
    it('rejects a wrong password, and keeps the account', async () => {
      const ada = await register(client);
      expectProblem(await erase(ada, 'not the password'), 'INVALID_CREDENTIALS');
      expect((await ada.session.get(ME)).status).toBe(200);
    });
  });

  describe('403', () => {
    it('requires a recent sign-in', async () => {
      const session = await signInLongAgo(await register(client));
      expectProblem(await session.call('DELETE', ME, { body: { password: PASSWORD } }), 'FORBIDDEN');
    });
  });

  describe('409', () => {
    it('keeps the last owner of an organization with other members, and names it', async () => {
      const [ada, bob] = [await register(client, { organization_name: 'Engines' }), await register(client)];
      await join(ada, bob, 'admin');
      expect(expectProblem(await erase(ada), 'CONFLICT').detail).toContain('"Engines"');
      expect((await ada.session.get(ME)).status).toBe(200);
    });

    it('lets only one of two last owners leave concurrently', async () => {
      const [ada, bob, eve] = [await register(client), await register(client), await register(client)];
      await join(ada, bob, 'owner');
      await join(ada, eve);
      const answers = await Promise.all([erase(ada), erase(bob)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    });
  });

  describe('422', () => {
    it('requires the password', async () => {
      const ada = await register(client);
      expectInvalid(await ada.session.call('DELETE', ME, { body: {} }), 'password');
    });
  });
});
