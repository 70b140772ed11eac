import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryRunner } from 'typeorm';
import { normalizeEmails } from '../../src/platform/database/normalize-emails.js';
import { newId } from '../../src/platform/ids/index.js';
import { normalizeEmail } from '../../src/platform/text/index.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { confirmAddress, PASSWORD, register, withKey } from '../harness/fixtures.js';
import { type MailServer, tokenIn, type ReceivedMail } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { Callers } from '../harness/callers.js';
import { expectInvalid, expectProblem, named } from '../harness/expectations.js';

const INVITATIONS = '/api/v1/organizations/me/invitations';
const ME = '/api/v1/users/me';

let app: MailedApp;
let client: TestClient;
let mailServer: MailServer;
beforeAll(async () => {
  app = await startMailedApp();
  ({ client, mailServer } = app);
});
afterAll(() => app.close());

const word = (): string => randomBytes(6).toString('hex');
const signUp = (email: unknown): Promise<Answer<{ access_token: string; user: { id: string; email: string } }>> =>
  client.post('/auth/register', { email, password: PASSWORD });
const login = (email: string, password = PASSWORD): Promise<Answer<{ user: { id: string } }>> =>
  client.post('/auth/login', { email, password });

/** A mail to that address. The mail server shows the domain in Unicode. */
const mailTo = (normal: string, subject: RegExp): Promise<ReceivedMail> =>
  eventually(() => {
    const mail = mailServer.mails.find(
      (one) => subject.test(one.subject ?? '') && one.recipients.map(normalizeEmail).join() === normal,
    );
    if (!mail) throw new Error(`no mail ${subject} to ${normal}`);
    return mail;
  });

/** The normalized form, and other spellings of the same address. */
const spellingsOf = (): { normal: string; others: string[] } => {
  const name = `rene\u0301-${word()}`;
  const normal = `${name.normalize('NFC')}@xn--bcher-kva.example`;
  const others = [
    `${name}@b\u00fccher.example`,
    `${name.normalize('NFC')}@bu\u0308cher.example`,
    ` ${name.toUpperCase()}@B\u00dcCHER.Example. `,
    `${name}@XN--BCHER-KVA.example`,
  ];
  return { normal, others };
};

describe('an email address in several spellings', () => {
  it('is one account: 409 at registration, the same person at sign-in, one spelling shown', async () => {
    const { normal, others } = spellingsOf();
    const first = await signUp(others[0]);
    expect(first).toMatchObject({ status: 201, body: { user: { email: normal } } });
    for (const spelling of [normal, ...others]) {
      expectProblem(await signUp(spelling), 'CONFLICT');
      expect(await login(spelling)).toMatchObject({ status: 200, body: { user: { id: first.body.user.id } } });
    }
    await mailTo(normal, /confirm/i);
  });

  it('is one account also for concurrent registrations', async () => {
    const { normal, others } = spellingsOf();
    const answers = await Promise.all([normal, ...others].map(signUp));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('is one account for the lock after failed sign-ins', async () => {
    const { normal, others } = spellingsOf();
    await signUp(normal);
    const spellings = [normal, ...others];
    for (let n = 0; n < 10; n += 1) {
      expectProblem(await login(spellings[n % spellings.length] as string, 'not the password'), 'INVALID_CREDENTIALS');
    }
    for (const spelling of spellings) expectProblem(await login(spelling), 'RATE_LIMITED');
  });

  it('gets one link for a new password', async () => {
    const { normal, others } = spellingsOf();
    await signUp(normal);
    expect((await client.post('/auth/forgot-password', { email: others[1] })).status).toBe(202);
    await mailTo(normal, /set a new password/i);
  });

  it('gets mails exactly at the stored address', async () => {
    const name = word();
    const stored = `${name}@xn--bcher-kva.example`;
    expect((await signUp(`${name}@b\u00fccher.example`)).body.user.email).toBe(stored);
    expect((await mailTo(stored, /confirm/i)).raw).toContain(`\r\nTo: ${stored}\r\n`);
  });

  it('is invited once, not invited if a member, and can accept', async () => {
    const owner = await register(client);
    await confirmAddress(app.database, owner);
    const { normal, others } = spellingsOf();
    const invite = (email?: string): Promise<Answer<unknown>> => owner.session.post(INVITATIONS, { email });
    expect(await invite(others[0])).toMatchObject({ status: 201, body: { email: normal } });
    for (const spelling of [normal, ...others]) expectProblem(await invite(spelling), 'CONFLICT');
    const guest = client.as((await signUp(others[2])).body.access_token);
    const token = tokenIn(await mailTo(normal, /^\[Parlance\] join/i));
    expect(await guest.post('/api/v1/invitations/accept', { token })).toMatchObject({ status: 200 });
    for (const spelling of others) expectProblem(await invite(spelling), 'CONFLICT');
  });

  it('is not a change of address, and a taken one is reported only to its owner', async () => {
    const { normal, others } = spellingsOf();
    const session = client.as((await signUp(normal)).body.access_token);
    expect((await session.patch(ME, { email: others[0] })).body).toMatchObject({ email: normal, pending_email: null });
    const other = await register(client);
    expect((await other.session.patch(ME, { email: others[0] })).body).toMatchObject({ pending_email: normal });
    await mailTo(normal, /already has an account/);
  });

  it('is found by a superuser', async () => {
    const { normal, others } = spellingsOf();
    await signUp(normal);
    const superuser = await new Callers(app).person({ isSuperuser: true });
    for (const spelling of [normal, ...others]) {
      const found = await superuser.client.get(`/api/v1/admin/users?email=${encodeURIComponent(spelling)}`);
      expect(found.body).toMatchObject({ data: [{ email: normal, email_issue: null }] });
    }
  });
});

describe('an invalid email address', () => {
  it.each(
    named<unknown>([
      ['email', '"a b"@example.com'],
      ['email', '"a\r\nRCPT TO:<eve@evil.example>"@example.com'],
      ['email', 'ada@example.com\r\nBcc: eve@evil.example'],
      ['email', 'ad\u200ba@example.com'],
      ['email', '\u202eada@example.com'],
      ['email', 'ada@exam\u00adple.com'],
      ['email', 'ada(eve)@example.com'],
      ['email', 'ada@[192.0.2.1]'],
      ['email', 'ada@192.0.2.1'],
      ['email', `${'é'.repeat(33)}@example.com`],
      ['email', ['ada@example.com']],
      ['email', 17],
    ]),
  )('is rejected in every field: %s = %s', async (field, _text, email) => {
    const { session } = await register(client);
    expectInvalid(await signUp(email), field);
    expectInvalid(await client.post('/auth/login', { email, password: PASSWORD }), field);
    expectInvalid(await client.post('/auth/forgot-password', { email }), field);
    expectInvalid(await session.post(INVITATIONS, { email }), field);
    expectInvalid(await session.patch(ME, { email }), field);
  });
});

describe('names', () => {
  it.each(
    named([...'\r\n\u0000\u0085\u2028\u202e\u2066'].map((character): [string, string] => ['name', `Ada${character}x`])),
  )('are rejected with a line break or another control character: %s = %s', async (_field, _text, name) => {
    const { session } = await register(client);
    const email = `${word()}@example.com`;
    expectInvalid(await client.post('/auth/register', { email, password: PASSWORD, name }), 'name');
    expectInvalid(
      await client.post('/auth/register', { email, password: PASSWORD, organization_name: name }),
      'organization_name',
    );
    expectInvalid(await session.patch(ME, { name }), 'name');
    expectInvalid(await session.post('/api/v1/organizations', { name }), 'name');
    expectInvalid(await session.patch('/api/v1/organizations/me', { name }), 'name');
  });
});

describe('addresses older than their normalization', () => {
  const insert = async (email: string, isVerified: boolean, age: number): Promise<string> => {
    const id = newId();
    await app.database.query(
      `INSERT INTO users (id, email, password_hash, is_verified, created_at)
       SELECT $1, $2, password_hash, $3, now() - make_interval(days => $4) FROM users WHERE email = $5`,
      [id, email, isVerified, age, template],
    );
    await app.database.query(
      `INSERT INTO memberships (organization_id, user_id, role) SELECT organization_id, $1, 'member' FROM memberships
       WHERE user_id = (SELECT id FROM users WHERE email = $2)`,
      [id, template],
    );
    return id;
  };
  const emailOf = async (id: string): Promise<unknown> =>
    (await app.database.query('SELECT email, email_issue AS issue FROM users WHERE id = $1', [id]))[0];
  /** As `parlance migrate` does, in one transaction. */
  async function normalize(): Promise<void> {
    const { database } = app;
    await database.query('BEGIN');
    await normalizeEmails({ query: (sql: string, values?: unknown[]) => database.query(sql, values) } as QueryRunner);
    await database.query('COMMIT');
  }
  let template: string;
  beforeAll(async () => {
    template = (await register(client)).email;
  });

  it('get their one spelling, which works for signing in', async () => {
    const { normal, others } = spellingsOf();
    const id = await insert((others[0] as string).toLowerCase(), false, 0);
    await normalize();
    expect(await emailOf(id)).toEqual({ email: normal, issue: null });
    expect(await login(others[1] as string)).toMatchObject({ status: 200, body: { user: { id } } });
  });

  it.each<[string, [boolean, number], [boolean, number]]>([
    ['a verified one before an older one that is not', [false, 9], [true, 1]],
    ['an older one of two that are verified', [true, 1], [true, 9]],
    ['an older one of two that are not', [false, 1], [false, 9]],
  ] as const)('stay with %s, in any spelling; the other account is kept apart', async (_who, loser, winner) => {
    for (const isWinnerNormal of [true, false]) {
      const { normal, others } = spellingsOf();
      const other = (others[0] as string).toLowerCase();
      const first = await insert(isWinnerNormal ? other : normal, ...loser);
      const second = await insert(isWinnerNormal ? normal : other, ...winner);
      await normalize();
      await normalize();
      expect(await emailOf(second)).toEqual({ email: normal, issue: null });
      expect(await emailOf(first)).toEqual({
        email: `${isWinnerNormal ? other : normal} (${first})`,
        issue: 'taken',
      });
      expect(await login(other)).toMatchObject({ status: 200, body: { user: { id: second } } });
    }
  });

  it('stay unchanged if they are invalid, stop nothing, and get no mail', async () => {
    const email = `"a ${word()}"@example.com`;
    const id = await insert(email, true, 0);
    const after = await insert(`Zo\u0065\u0308-${word()}@example.com`, true, 0);
    await normalize();
    expect(await emailOf(id)).toEqual({ email, issue: 'invalid' });
    expect(await emailOf(after)).toMatchObject({ issue: null });
    const sent = mailServer.mails.length;
    const { session, userId } = await register(client);
    await app.database.query('UPDATE users SET email = $2 WHERE id = $1', [userId, `"b ${word()}"@example.com`]);
    expect(
      (await session.post('/auth/change-password', { current_password: PASSWORD, new_password: `${PASSWORD} 2` }))
        .status,
    ).toBe(204);
    await register(client).then(({ email: last }) => mailServer.waitFor(last, /confirm/i));
    expect(mailServer.mails.slice(sent).filter(({ subject }) => /password was changed/.test(subject ?? ''))).toEqual(
      [],
    );
  });

  it('keep one of several open invitations to one person', async () => {
    const { organizationId, userId } = await register(client);
    const { normal, others } = spellingsOf();
    const open = async (email: string): Promise<string> => {
      const id = newId();
      await app.database.query(
        `INSERT INTO invitations (id, organization_id, email, role, invited_by, expires_at)
         VALUES ($1, $2, $3, 'member', $4, now() + interval '1 day')`,
        [id, organizationId, email, userId],
      );
      return id;
    };
    const [first] = [await open(others[0] as string), await open(others[1] as string), await open('"a b"@example.com')];
    await normalize();
    const left = await app.database.query(
      'SELECT id, email FROM invitations WHERE organization_id = $1 AND revoked_at IS NULL',
      [organizationId],
    );
    expect(left).toEqual([{ id: first, email: normal }]);
  });
});

describe('a password in several spellings', () => {
  const typed = 'cafe\u0301 gro\u00dfe U\u0308bung';
  const spellings = [typed, typed.normalize('NFC'), typed.replace(' ', '\u00a0')];

  it('is one password at registration, sign-in, reauthentication, change and erasure', async () => {
    for (const password of spellings) {
      const account = await register(client, { password });
      for (const other of spellings) {
        expect((await login(account.email, other)).status).toBe(200);
        expect((await account.session.post('/auth/reauthenticate', { password: other })).status).toBe(204);
        expectInvalid(
          await account.session.post('/auth/change-password', { current_password: password, new_password: other }),
          'new_password',
        );
      }
      const erased = await account.session.call('DELETE', ME, { body: { password: spellings[1] } });
      expect(erased.status).toBe(204);
    }
  });

  it('matches an older hash, which then matches all of them', async () => {
    const { default: argon2 } = await import('argon2');
    const account = await register(client);
    const old = await argon2.hash(typed, { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await app.database.query('UPDATE users SET password_hash = $2 WHERE id = $1', [account.userId, old]);
    expectProblem(await login(account.email, spellings[1]), 'INVALID_CREDENTIALS');
    expect(await Promise.all([login(account.email, typed), login(account.email, typed)])).toMatchObject([
      { status: 200 },
      { status: 200 },
    ]);
    for (const other of spellings) expect((await login(account.email, other)).status).toBe(200);
    await withKey(account.session, ['knowledge:read']);
  });

  it('is counted in characters of its normalized form', async () => {
    // Ten code units, nine characters; and twenty code units, ten characters.
    const [tooShort, longEnough] = [
      `${'zK7-qx.W'}e\u0301`,
      '\u{1f600}\u{1f680}\u{1f389}\u{1f98a}\u{1f334}\u{1f525}\u{1f30d}\u{1f3b8}\u{1f9e9}\u{1f41d}',
    ];
    const at = (password: string): Promise<Answer<unknown>> =>
      client.post('/auth/register', { email: `${word()}@example.com`, password });
    expectInvalid(await at(tooShort), 'password');
    expect((await at(longEnough)).status).toBe(201);
    expect((await at(`${'\u{1f600}a'.repeat(499)}bc`)).status).toBe(201);
    expectInvalid(await at(`${'\u{1f600}a'.repeat(499)}bcd`), 'password');
    expectInvalid(await at('e\u0301'.repeat(100_000)), 'password');
    expectInvalid(await at('correcthorsebatterystaple'.toUpperCase()), 'password');
  });
});
