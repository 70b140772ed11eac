import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { type MailServer, tokenIn } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { expectInvalid, expectProblem, NO_ID, withoutIds } from '../harness/expectations.js';

const NEW_PASSWORD = 'another long and private sentence';
const RESET = /set a new password/i;

let app: MailedApp;
let client: TestClient;
let mailServer: MailServer;
beforeAll(async () => {
  app = await startMailedApp();
  ({ client, mailServer } = app);
});
afterAll(() => app.close());

const login = (email: string, password: string): Promise<Answer<{ access_token: string }>> =>
  client.post<{ access_token: string }>('/auth/login', { email, password });
const change = (session: TestClient, overrides: object = {}): Promise<Answer<unknown>> =>
  session.post<unknown>('/auth/change-password', {
    current_password: PASSWORD,
    new_password: NEW_PASSWORD,
    ...overrides,
  });
const forgot = (email: string): Promise<Answer<unknown>> => client.post<unknown>('/auth/forgot-password', { email });
const reset = (token: string, password = NEW_PASSWORD): Promise<Answer<unknown>> =>
  client.post<unknown>('/auth/reset-password', { token, password });
/** Requests a new password; returns the token of the mail. */
async function mailedToken({ email }: Account, count = 1): Promise<string> {
  expect((await forgot(email)).status).toBe(202);
  return tokenIn(await mailServer.waitFor(email, RESET, count));
}
const auditedOf = async ({ organizationId }: Account): Promise<string[]> => {
  const rows = await app.database.query<{ action: string }>(
    `SELECT action FROM audit_log WHERE organization_id = $1 AND action LIKE 'user.%' ORDER BY sequence`,
    [organizationId],
  );
  return rows.map(({ action }) => action);
};

describe('POST /auth/change-password', () => {
  describe('204', () => {
    it('changes the password and ends every other session', async () => {
      const ada = await register(client);
      const other = client.as((await login(ada.email, PASSWORD)).body.access_token);
      expect((await other.get('/auth/me')).status).toBe(200);
      expect(await change(ada.session)).toMatchObject({ status: 204, body: '' });
      expectProblem(await login(ada.email, PASSWORD), 'INVALID_CREDENTIALS');
      expect((await login(ada.email, NEW_PASSWORD)).status).toBe(200);
      expect((await ada.session.get('/auth/me')).status).toBe(200);
      await eventually(async () => expectProblem(await other.get('/auth/me'), 'TOKEN_REVOKED'));
      expect(await auditedOf(ada)).toEqual(['user.registered', 'user.password_changed']);
    });

    it('informs the person by mail and by notification', async () => {
      const ada = await register(client);
      await change(ada.session);
      const mail = await mailServer.waitFor(ada.email, /password was changed/);
      expect(`${mail.text}${mail.html}`).not.toContain(NEW_PASSWORD);
      await eventually(async () => {
        const { body } = await ada.session.get<{ data: object[] }>('/api/v1/notifications');
        expect(body.data).toEqual([expect.objectContaining({ title: 'Password changed', type: 'warning' })]);
      });
    });

    it('invalidates links for a new password', async () => {
      const ada = await register(client);
      const token = await mailedToken(ada);
      await change(ada.session);
      expectProblem(await reset(token, 'a third, very different one'), 'GONE');
    });
  });

  describe('401', () => {
    it('rejects a wrong current password, and changes nothing', async () => {
      const ada = await register(client);
      const answer = await change(ada.session, { current_password: 'not the password' });
      expect(expectProblem(answer, 'INVALID_CREDENTIALS').detail).toBe('The password is wrong.');
      // The token is valid: a client must not discard it.
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="parlance", resource_metadata="http://parlance.test/.well-known/oauth-protected-resource"',
      );
      expect((await login(ada.email, PASSWORD)).status).toBe(200);
    });
  });

  describe('403', () => {
    it('requires a recent sign-in', async () => {
      const ada = await register(client);
      const { body } = await login(ada.email, PASSWORD);
      await app.database.query(
        `UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE user_id = $1`,
        [ada.userId],
      );
      const answer = await change(client.as(body.access_token));
      expectProblem(answer, 'FORBIDDEN');
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_user_authentication');
    });

    it('is not for API keys', async () => {
      const ada = await register(client);
      expectProblem(await change(await withKey(ada.session, ['knowledge:read'])), 'FORBIDDEN');
    });
  });

  describe('422', () => {
    it.each([
      ['too short', 'a2.Wx7-kZ'],
      ['known from leaks', '1q2w3e4r5t'],
      ['the same as before', PASSWORD],
    ])('rejects a new password that is %s', async (_why, password) => {
      const ada = await register(client);
      expectInvalid(await change(ada.session, { new_password: password }), 'new_password');
    });
  });
});

describe('POST /auth/forgot-password', () => {
  describe('202', () => {
    it('is the same with and without an account', async () => {
      const ada = await register(client);
      const [known, unknown] = [await forgot(ada.email), await forgot('nobody.at.all@example.com')];
      expect({ status: known.status, body: known.body }).toEqual({ status: 202, body: '' });
      expect({ status: unknown.status, body: unknown.body }).toEqual({ status: 202, body: '' });
      const namesOf = ({ headers }: Answer<unknown>): string[] => [...headers.keys()].sort();
      expect(namesOf(unknown)).toEqual(namesOf(known));
    });

    it('does the same work for both before it responds', async () => {
      const ada = await register(client);
      const written = async (email: string): Promise<object[]> => {
        const before = await app.database.query<{ id: string }>('SELECT id FROM events');
        await forgot(email);
        return app.database.query(
          `SELECT type, organization_id, payload FROM events
           WHERE NOT id = ANY($1::uuid[]) AND type = 'user.password_reset_requested'`,
          [before.map(({ id }) => id)],
        );
      };
      const known = await written(ada.email);
      expect(known).toEqual([
        { type: 'user.password_reset_requested', organization_id: expect.any(String), payload: {} },
      ]);
      expect(await written('nobody.at.all@example.com')).toEqual(known);
    });

    it('sends mail only to the owner of the account', async () => {
      const ada = await register(client);
      const before = mailServer.mails.length;
      await forgot('nobody.at.all@example.com');
      await forgot(ada.email.toUpperCase());
      const mail = await mailServer.waitFor(ada.email, RESET);
      expect(mail.to).toEqual([{ address: ada.email, name: '' }]);
      expect(mailServer.to('nobody.at.all@example.com')).toEqual([]);
      expect(mailServer.mails.slice(before).every(({ recipients }) => recipients.join() === ada.email)).toBe(true);
    });

    it('sends at most five per hour, and does not reveal that', async () => {
      const ada = await register(client);
      for (let count = 0; count < 7; count += 1) expect((await forgot(ada.email)).status).toBe(202);
      await eventually(async () => {
        const [row] = await app.database.query<{ open: number }>(
          `SELECT count(*)::int AS open FROM event_deliveries d JOIN events e ON e.id = d.event_id
           WHERE e.subject = $1 AND d.completed_at IS NULL`,
          [ada.userId],
        );
        expect(row).toEqual({ open: 0 });
      });
      expect(mailServer.to(ada.email).filter(({ subject }) => RESET.test(subject ?? ''))).toHaveLength(5);
    });

    it('sends no mail to a deactivated account', async () => {
      const [ada, bob] = [await register(client), await register(client)];
      await app.database.query('UPDATE users SET is_active = false WHERE id = $1', [ada.userId]);
      await forgot(ada.email);
      await mailedToken(bob);
      await eventually(async () => {
        const [row] = await app.database.query<{ done: number }>(
          `SELECT count(*)::int AS done FROM event_deliveries d JOIN events e ON e.id = d.event_id
           WHERE e.subject = $1 AND e.type = 'user.password_reset_requested' AND d.completed_at IS NOT NULL`,
          [ada.userId],
        );
        expect(row).toEqual({ done: 1 });
      });
      expect(mailServer.to(ada.email).filter(({ subject }) => RESET.test(subject ?? ''))).toEqual([]);
    });
  });

  describe('422', () => {
    it.each([['nobody'], [''], [null], [17]])('rejects the email address %j', async (email) => {
      expectInvalid(await client.post('/auth/forgot-password', { email }), 'email');
    });
  });
});

describe('POST /auth/reset-password', () => {
  describe('204', () => {
    it('sets the password, ends every session and confirms the address', async () => {
      const ada = await register(client);
      const token = await mailedToken(ada);
      expect(await reset(token)).toMatchObject({ status: 204, body: '' });
      await eventually(async () => expectProblem(await ada.session.get('/auth/me'), 'TOKEN_REVOKED'));
      expectProblem(await login(ada.email, PASSWORD), 'INVALID_CREDENTIALS');
      expect(await login(ada.email, NEW_PASSWORD)).toMatchObject({
        status: 200,
        body: { user: { is_verified: true } },
      });
      await mailServer.waitFor(ada.email, /password was changed/);
      expect(await auditedOf(ada)).toEqual(['user.registered', 'user.password_reset_requested', 'user.password_reset']);
    });
  });

  describe('404', () => {
    it.each([
      ['garbage', () => 'garbage'],
      ['a forged one', () => `${NO_ID}.${'A'.repeat(43)}`],
      [
        'one for something else',
        async () => tokenIn(await mailServer.waitFor((await register(client)).email, /confirm/i)),
      ],
    ])('rejects a token that is %s', async (_what, make) => {
      expectProblem(await reset(await make()), 'NOT_FOUND');
    });

    it('rejects a token whose id was replaced by another', async () => {
      const [ada, mallory] = [await register(client), await register(client)];
      const [hers, his] = [await mailedToken(ada), await mailedToken(mallory)];
      expectProblem(await reset(`${hers.split('.')[0]}.${his.split('.')[1]}`), 'NOT_FOUND');
      expect((await login(ada.email, PASSWORD)).status).toBe(200);
    });
  });

  describe('410', () => {
    it('accepts a token once', async () => {
      const ada = await register(client);
      const token = await mailedToken(ada);
      const answers = await Promise.all([reset(token), reset(token, 'a third, very different one')]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 410]);
      expectProblem(await reset(token, 'a fourth, very different one'), 'GONE');
    });

    it('rejects an old token', async () => {
      const ada = await register(client);
      const token = await mailedToken(ada);
      await app.database.query('UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1', [ada.userId]);
      expectProblem(await reset(token), 'GONE');
    });

    it('rejects an earlier token after a later one was used', async () => {
      const ada = await register(client);
      const [earlier, later] = [await mailedToken(ada), await mailedToken(ada, 2)];
      expect(earlier).not.toBe(later);
      expect((await reset(later)).status).toBe(204);
      expectProblem(await reset(earlier, 'a third, very different one'), 'GONE');
    });

    it('is the same for a deleted account', async () => {
      const ada = await register(client);
      const token = await mailedToken(ada);
      await app.database.query('DELETE FROM users WHERE id = $1', [ada.userId]);
      const used = await register(client);
      const spent = await mailedToken(used);
      await reset(spent);
      expect(withoutIds(await reset(token))).toEqual(withoutIds(await reset(spent)));
    });
  });

  describe('422', () => {
    it.each([
      ['too short', 'a2.Wx7-kZ'],
      ['known from leaks', '1q2w3e4r5t'],
    ])('rejects a password that is %s, and keeps the token valid', async (_why, password) => {
      const ada = await register(client);
      const token = await mailedToken(ada);
      expectInvalid(await reset(token, password), 'password');
      expect((await reset(token)).status).toBe(204);
    });
  });
});
