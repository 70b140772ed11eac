import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, TestClient } from '../harness/client.js';
import { confirmAddress, PASSWORD, register, type Account } from '../harness/fixtures.js';
import { untilBlocking } from '../harness/locks.js';
import { type MailServer, tokenIn } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { expectProblem } from '../harness/expectations.js';

const NEW_PASSWORD = 'another long and private sentence';

let app: MailedApp;
let client: TestClient;
let mailServer: MailServer;
let ada: Account;
beforeAll(async () => {
  app = await startMailedApp();
  ({ client, mailServer } = app);
});
beforeEach(async () => {
  ada = await register(client);
});
afterAll(() => app.close());

const erase = (): Promise<Answer<unknown>> =>
  ada.session.call('DELETE', '/api/v1/users/me', { body: { password: PASSWORD } });
const changePassword = (): Promise<Answer<unknown>> =>
  ada.session.post('/auth/change-password', { current_password: PASSWORD, new_password: NEW_PASSWORD });
const mailed = async (subject: RegExp): Promise<string> => tokenIn(await mailServer.waitFor(ada.email, subject));

/** Makes a call wait for the account while another transaction holds it, which then continues with `rest`. */
async function meanwhile(call: () => Promise<Answer<unknown>>, rest: string): Promise<Answer<unknown>> {
  const { database } = app;
  await database.query('BEGIN');
  await database.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [ada.userId]);
  const answer = call();
  await untilBlocking(database);
  // Fails immediately, or makes the call fail, if the call holds a lock that is needed here.
  await database.query(rest, [ada.userId]).finally(() => database.query('COMMIT'));
  return answer;
}

describe('a change of an account locks it before everything that belongs to it', () => {
  const TOKENS = 'UPDATE one_time_tokens SET used_at = used_at WHERE user_id = $1';

  it('when it is erased during a sign-in of its person', async () => {
    const organization = `SELECT FROM organizations WHERE id IN (
      SELECT organization_id FROM memberships WHERE user_id = $1) FOR KEY SHARE`;
    expect((await meanwhile(erase, organization)).status).toBe(204);
  });

  it('when a new password is set by mail while another is set', async () => {
    await client.post('/auth/forgot-password', { email: ada.email });
    const token = await mailed(/set a new password/i);
    const reset = (): Promise<Answer<unknown>> =>
      client.post('/auth/reset-password', { token, password: NEW_PASSWORD });
    expect((await meanwhile(reset, TOKENS)).status).toBe(204);
  });

  it('when its address is confirmed while another mail is requested', async () => {
    const token = await mailed(/confirm your email/i);
    const verify = (): Promise<Answer<unknown>> => client.post('/auth/verify-email', { token });
    expect((await meanwhile(verify, TOKENS)).status).toBe(204);
  });

  it('when it joins an organization while it is erased', async () => {
    const owner = await register(client);
    await confirmAddress(app.database, owner);
    await owner.session.post('/api/v1/organizations/me/invitations', { email: ada.email });
    const token = await mailed(/^\[Parlance\] join/i);
    const accept = (): Promise<Answer<unknown>> => ada.session.post('/api/v1/invitations/accept', { token });
    const invitations = `UPDATE invitations SET revoked_at = now() WHERE email = (SELECT email FROM users WHERE id = $1)`;
    expectProblem(await meanwhile(accept, invitations), 'GONE');
  });

  it('when it creates an organization, which must not outlive it', async () => {
    const create = (): Promise<Answer<unknown>> => ada.session.post('/api/v1/organizations', { name: 'Engines' });
    expectProblem(await meanwhile(create, 'DELETE FROM users WHERE id = $1'), 'TOKEN_REVOKED');
  });
});

describe('a password that is replaced while it is compared', () => {
  const REPLACE = `UPDATE users SET password_hash = 'another' WHERE id = $1`;

  it('does not change the password', async () => {
    expectProblem(await meanwhile(changePassword, REPLACE), 'INVALID_CREDENTIALS');
    expect(await app.database.query('SELECT password_hash FROM users WHERE id = $1', [ada.userId])).toEqual([
      { password_hash: 'another' },
    ]);
  });

  it('does not erase the account', async () => {
    expectProblem(await meanwhile(erase, REPLACE), 'INVALID_CREDENTIALS');
    expect((await ada.session.get('/auth/me')).status).toBe(200);
  });
});
