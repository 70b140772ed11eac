import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, PASSWORD, register, type Account } from '../harness/fixtures.js';
import { type MailServer, tokenIn } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { expectProblem } from '../harness/expectations.js';

const INVITATIONS = '/api/v1/organizations/me/invitations';
const LIMIT = 6;
const PER_RECIPIENT = 5;

let app: MailedApp;
let mailServer: MailServer;
beforeAll(async () => {
  app = await startMailedApp({ LIMIT_INVITATIONS: String(LIMIT) });
  ({ mailServer } = app);
});
afterAll(() => app.close());

const newEmail = (): string => `guest-${randomBytes(6).toString('hex')}@example.com`;
const invite = ({ session }: { session: TestClient }, email = newEmail()): Promise<Answer<{ id: string }>> =>
  session.post<{ id: string }>(INVITATIONS, { email });
async function confirmed(): Promise<Account> {
  const account = await register(app.client);
  await confirmAddress(app.database, account);
  return account;
}
function expectTooMany(answer: Answer<unknown>, detail: RegExp): void {
  expect(expectProblem(answer, 'RATE_LIMITED').detail).toMatch(detail);
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(86_400);
}
/** Ends the period over which mails are counted. */
const passTime = (): Promise<unknown> => app.database.query('UPDATE mail_counts SET expires_at = now()');

describe('a person with an unconfirmed address', () => {
  it('cannot invite or resend, and learns what to do first', async () => {
    const ada = await register(app.client);
    expect(expectProblem(await invite(ada), 'FORBIDDEN').detail).toContain('Confirm your email address');
    expect(await app.database.query('SELECT FROM invitations WHERE invited_by = $1', [ada.userId])).toEqual([]);
    const token = tokenIn(await mailServer.waitFor(ada.email, /confirm your email/i));
    expect((await app.client.post('/auth/verify-email', { token })).status).toBe(204);
    const { status, body } = await invite(ada);
    expect(status).toBe(201);
    await app.database.query('UPDATE users SET is_verified = false WHERE id = $1', [ada.userId]);
    expectProblem(await ada.session.post(`${INVITATIONS}/${body.id}/resend`), 'FORBIDDEN');
  });
});

describe('mails with invitations', () => {
  it('are limited per sender, over all organizations, including revoked invitations', async () => {
    const ada = await confirmed();
    for (let n = 0; n < LIMIT; n += 1) {
      const { status, body } = await invite(ada);
      expect(status).toBe(201);
      expect((await ada.session.delete(`${INVITATIONS}/${body.id}`)).status).toBe(204);
    }
    expectTooMany(await invite(ada), /can send at most 6/);
    const other = await ada.session.post<{ id: string }>('/api/v1/organizations', { name: 'Another' });
    await ada.session.post('/auth/switch-organization', { organization_id: other.body.id });
    expectTooMany(await invite(ada), /You can send at most 6/);
    await passTime();
    expect((await invite(ada)).status).toBe(201);
  });

  it('are limited also for concurrent requests', async () => {
    const ada = await confirmed();
    const answers = await Promise.all(Array.from({ length: LIMIT + 4 }, () => invite(ada)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(LIMIT);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4);
  });

  it('are limited per organization, over all senders', async () => {
    const [ada, bob] = [await confirmed(), await confirmed()];
    await app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'admin')`, [
      ada.organizationId,
      bob.userId,
    ]);
    await bob.session.post('/auth/switch-organization', { organization_id: ada.organizationId });
    for (let n = 0; n < LIMIT; n += 1) expect((await invite(n % 2 ? ada : bob)).status).toBe(201);
    expectTooMany(await invite(ada), /An organization can send at most 6/);
    expectTooMany(await invite(bob), /An organization can send at most 6/);
  });

  it('are limited per recipient, over all senders and spellings of the address', async () => {
    const name = randomBytes(6).toString('hex');
    const spellings = [
      `${name}@b\u00fccher.example`,
      `${name}@bu\u0308cher.example`,
      `${name.toUpperCase()}@xn--bcher-kva.example`,
      `${name}@B\u00dcCHER.example.`,
      ` ${name}@b\u00fccher.example `,
    ];
    for (const spelling of spellings) expect((await invite(await confirmed(), spelling)).status).toBe(201);
    for (const spelling of spellings)
      expectTooMany(await invite(await confirmed(), spelling), /^One email address can receive at most 5/);
    expect((await invite(await confirmed())).status).toBe(201);
  });

  it('count also when they are sent again, and after their sender and organization are gone', async () => {
    const email = newEmail();
    const ada = await confirmed();
    const { body } = await invite(ada, email);
    for (let n = 1; n < PER_RECIPIENT; n += 1) {
      expect((await ada.session.post(`${INVITATIONS}/${body.id}/resend`)).status).toBe(200);
    }
    expectTooMany(
      await ada.session.post(`${INVITATIONS}/${body.id}/resend`),
      /^One email address can receive at most 5/,
    );
    expect((await ada.session.call('DELETE', '/api/v1/users/me', { body: { password: PASSWORD } })).status).toBe(204);
    expectTooMany(await invite(await confirmed(), email), /^One email address can receive at most 5/);
  });

  it('do not count if they are refused for another reason', async () => {
    const ada = await confirmed();
    for (let n = 0; n < LIMIT + 1; n += 1) expectProblem(await invite(ada, ada.email), 'CONFLICT');
    expect((await invite(ada)).status).toBe(201);
  });

  it('are counted without storing the address', async () => {
    const email = newEmail();
    await invite(await confirmed(), email);
    expect(await app.database.query('SELECT FROM mail_counts WHERE strpos(subject, $1) > 0', [email])).toEqual([]);
  });
});

describe('mails that inform a person of an action', () => {
  const done = (organizationId: string, type: string): Promise<void> =>
    eventually(async () => {
      const open = await app.database.query(
        `SELECT FROM events e LEFT JOIN event_deliveries d ON d.event_id = e.id AND d.subscriber = 'mail'
         WHERE e.organization_id = $1 AND e.type = $2 AND d.completed_at IS NULL`,
        [organizationId, type],
      );
      expect(open).toEqual([]);
    });

  it('are limited, however often it occurs', async () => {
    const ada = await register(app.client);
    const passwords = [PASSWORD, 'another long and private sentence'];
    for (let n = 0; n < 13; n += 1) {
      const body = { current_password: passwords[n % 2], new_password: passwords[(n + 1) % 2] };
      expect((await ada.session.post('/auth/change-password', body)).status).toBe(204);
    }
    await done(ada.organizationId, 'user.password_changed');
    expect(mailServer.to(ada.email).filter(({ subject }) => /password was changed/.test(subject ?? ''))).toHaveLength(
      10,
    );
  });

  it('contain no name if the recipient has not confirmed the address', async () => {
    const squatter = await register(app.client, { organization_name: 'Your parcel waits' });
    const body = { name: 'Your parcel waits' };
    expect((await squatter.session.call('DELETE', '/api/v1/organizations/me', { body })).status).toBe(204);
    await done(squatter.organizationId, 'organization.deletion_announced');
    expect(mailServer.to(squatter.email).filter(({ subject }) => /was deleted/.test(subject ?? ''))).toEqual([]);
  });
});

describe('mails that confirm an address', () => {
  it('are limited per address, over all accounts that request them', async () => {
    const email = newEmail();
    const ask = async (): Promise<Answer<unknown>> =>
      (await register(app.client)).session.patch('/api/v1/users/me', { email });
    for (let n = 0; n < 5; n += 1) expect((await ask()).status).toBe(200);
    const answer = await ask();
    expectProblem(answer, 'RATE_LIMITED');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('are limited also when accounts with that address are created and deleted repeatedly', async () => {
    const email = newEmail();
    for (let n = 0; n < 5; n += 1) {
      const { session } = await register(app.client, { email });
      expect((await session.call('DELETE', '/api/v1/users/me', { body: { password: PASSWORD } })).status).toBe(204);
    }
    expectProblem(await app.client.post('/auth/register', { email, password: PASSWORD }), 'RATE_LIMITED');
    expect(await app.database.query('SELECT FROM users WHERE email = $1', [email])).toEqual([]);
  });
});
