import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { type MailServer, tokenIn } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { expectProblem } from '../harness/expectations.js';

const KEYS = '/api/v1/api-keys';
const NEW_PASSWORD = 'another long and private sentence';

let app: MailedApp;
let client: TestClient;
let mailServer: MailServer;
beforeAll(async () => {
  app = await startMailedApp();
  ({ client, mailServer } = app);
});
afterAll(() => app.close());

const use = (key: TestClient): Promise<Answer<unknown>> => key.get('/api/v1/knowledge');
const isOpen = async (id: string): Promise<boolean> =>
  (await app.database.query('SELECT FROM invitations WHERE id = $1 AND revoked_at IS NULL', [id])).length === 1;

/** Everything that gives access to the account, or invites people through it. */
async function everythingOf(
  account: Account,
): Promise<{ keys: TestClient[]; session: TestClient; invitation: string }> {
  const scopes = ['knowledge:read', 'api-keys:write'];
  const live = await withKey(account.session, scopes);
  const keys = [live, await withKey(account.session, scopes, 'test'), await withKey(live, ['knowledge:read'])];
  const other = await account.session.post<{ id: string }>('/api/v1/organizations', { name: 'Another' });
  if (other.status === 201) {
    await account.session.post('/auth/switch-organization', { organization_id: other.body.id });
    keys.push(await withKey(account.session, scopes));
    await account.session.post('/auth/switch-organization', { organization_id: account.organizationId });
  }
  const login = await client.post<{ access_token: string }>('/auth/login', {
    email: account.email,
    password: PASSWORD,
  });
  // From before invitations required a confirmed address.
  const [invitation] = await app.database.query<{ id: string }>(
    `INSERT INTO invitations (id, organization_id, email, role, invited_by, expires_at)
     VALUES (gen_random_uuid(), $1, 'accomplice@example.com', 'owner', $2, now() + interval '1 day') RETURNING id`,
    [account.organizationId, account.userId],
  );
  for (const key of keys) expect((await use(key)).status).toBe(200);
  return { keys, session: client.as(login.body.access_token), invitation: invitation?.id as string };
}
async function reset({ email }: Account): Promise<void> {
  expect((await client.post('/auth/forgot-password', { email })).status).toBe(202);
  const token = tokenIn(await mailServer.waitFor(email, /set a new password/i));
  expect((await client.post('/auth/reset-password', { token, password: NEW_PASSWORD })).status).toBe(204);
}

describe('a new password by mail', () => {
  it('revokes everything created with an account that was never confirmed', async () => {
    const squatter = await register(client);
    const { keys, session, invitation } = await everythingOf(squatter);
    const confirmation = tokenIn(await mailServer.waitFor(squatter.email, /confirm your email/i));
    await squatter.session.patch('/api/v1/users/me', { email: 'mallory@evil.example' });
    const change = tokenIn(await mailServer.waitFor('mallory@evil.example', /confirm your new/i));
    await reset(squatter);

    for (const key of keys) await eventually(async () => expectProblem(await use(key), 'TOKEN_REVOKED'));
    for (const one of [session, squatter.session]) {
      await eventually(async () => expectProblem(await one.get('/auth/me'), 'TOKEN_REVOKED'));
    }
    expectProblem(await client.post('/auth/refresh', { refresh_token: squatter.refreshToken }), 'TOKEN_REVOKED');
    for (const token of [confirmation, change]) {
      expectProblem(await client.post('/auth/verify-email', { token }), 'GONE');
    }
    expect(await isOpen(invitation)).toBe(false);
    const told = `SELECT DISTINCT action FROM audit_log WHERE organization_id = $1 AND action LIKE '%.revoked' ORDER BY 1`;
    expect(await app.database.query(told, [squatter.organizationId])).toEqual([
      { action: 'api_key.revoked' },
      { action: 'invitation.revoked' },
    ]);

    const { body } = await client.post<{ access_token: string }>('/auth/login', {
      email: squatter.email,
      password: NEW_PASSWORD,
    });
    const rightful = client.as(body.access_token);
    expect((await rightful.get('/api/v1/users/me')).body).toMatchObject({ is_verified: true, pending_email: null });
    expect((await rightful.get(KEYS)).body).toMatchObject({ data: [] });
  });

  it('keeps keys and invitations of a confirmed account', async () => {
    const ada = await register(client);
    await confirmAddress(app.database, ada);
    const { keys, invitation } = await everythingOf(ada);
    await reset(ada);
    for (const key of keys) expect((await use(key)).status).toBe(200);
    expect(await isOpen(invitation)).toBe(true);
  });

  it('keeps keys of an organization that others own, except those that the account created', async () => {
    const [squatter, owner] = [await register(client), await register(client)];
    await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'owner')`, [
      owner.organizationId,
      squatter.userId,
    ]);
    const theirs = await withKey(owner.session, ['knowledge:read']);
    await squatter.session.post('/auth/switch-organization', { organization_id: owner.organizationId });
    const squatters = await withKey(squatter.session, ['knowledge:read']);
    await reset(squatter);
    await eventually(async () => expectProblem(await use(squatters), 'TOKEN_REVOKED'));
    expect((await use(theirs)).status).toBe(200);
  });
});

it('an address that another person has registered is taken, and the response says how to get it', async () => {
  const { email } = await register(client);
  const problem = expectProblem(await client.post('/auth/register', { email, password: NEW_PASSWORD }), 'CONFLICT');
  expect(problem.detail).toContain('set a new password by mail');
});
