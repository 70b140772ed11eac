import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { expectInvalid, expectProblem, TIME, UUID, withoutIds } from '../harness/expectations.js';

interface Tokens {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
  user: Record<string, unknown>;
}

let app: RunningApp;
let client: TestClient;
let ada: Account;
beforeAll(async () => {
  app = await sharedApp();
  ({ client } = app);
  ada = await register(client);
});
afterAll(() => app.close());

const newEmail = (): string => `user-${randomBytes(6).toString('hex')}@example.com`;
const login = (email: string, password = PASSWORD): Promise<Answer<Tokens>> =>
  client.post<Tokens>('/auth/login', { email, password });
const refresh = (token: string): Promise<Answer<Tokens>> =>
  client.post<Tokens>('/auth/refresh', { refresh_token: token });
const me = (accessToken: string): Promise<Answer<unknown>> => client.as(accessToken).get('/auth/me');

describe('POST /auth/register', () => {
  const attempt = (overrides: object): Promise<Answer<Tokens>> =>
    client.post<Tokens>('/auth/register', { email: newEmail(), password: PASSWORD, ...overrides });

  describe('201', () => {
    it('creates an account and signs in', async () => {
      const email = newEmail();
      const { status, body, headers } = await attempt({
        email,
        name: 'Ada Lovelace',
        organization_name: 'Analytical Engines',
        subscription_plan: 'free',
      });
      expect(status).toBe(201);
      expect(body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 3600,
        user: {
          id: expect.stringMatching(UUID),
          email,
          name: 'Ada Lovelace',
          organization_id: expect.stringMatching(UUID),
          subscription_plan: 'free',
          is_active: true,
          is_verified: false,
          created_at: expect.stringMatching(TIME),
        },
      });
      const found = await client.as(body.access_token).get(headers.get('location') as string);
      expect({ status: found.status, body: found.body }).toEqual({ status: 200, body: body.user });
    });

    it('creates an organization with its sandbox, with the person as its owner', async () => {
      const { body } = await attempt({ organization_name: 'Engines' });
      const rows = await app.database.query(
        `SELECT o.name, o.environment, o.plan, m.role FROM organizations o
         LEFT JOIN memberships m ON m.organization_id = o.id AND m.user_id = $2
         WHERE o.id = $1 OR o.parent_id = $1 ORDER BY o.environment`,
        [body.user['organization_id'], body.user['id']],
      );
      expect(rows).toEqual([
        { name: 'Engines', environment: 'live', plan: 'free', role: 'owner' },
        { name: 'Engines (test)', environment: 'test', plan: 'free', role: null },
      ]);
    });

    it('treats email addresses as case-insensitive', async () => {
      const email = newEmail();
      const { body } = await attempt({ email: `  ${email.toUpperCase()} ` });
      expect(body.user['email']).toBe(email);
      expect((await login(email.toUpperCase())).status).toBe(200);
    });

    it('stores the password only as argon2id', async () => {
      const [row] = await app.database.query<Record<string, string>>(
        'SELECT u.*, u::text AS everything FROM users u WHERE id = $1',
        [ada.userId],
      );
      expect(row?.['password_hash']).toMatch(/^\$argon2id\$v=19\$m=64,(t=2,p=1|p=1,t=2)\$/);
      expect(row?.['everything']).not.toContain(PASSWORD);
    });

    it('accepts a password of exactly 10 characters', async () => {
      expect((await attempt({ password: 'zK7-qx.W2p' })).status).toBe(201);
    });
  });

  describe('402', () => {
    it.each(['basic', 'pro', 'premium', 'academic', 'enterprise'])('rejects the plan %s', async (plan) => {
      const { detail } = expectProblem(await attempt({ subscription_plan: plan }), 'UPGRADE_REQUIRED');
      expect(detail).toContain(plan);
    });
  });

  describe('409', () => {
    it('rejects an email address that is taken, in any case', async () => {
      const answer = await attempt({ email: ada.email.toUpperCase() });
      expectProblem(answer, 'CONFLICT');
      expect(answer.headers.has('location')).toBe(false);
    });

    it('lets one of two concurrent registrations succeed', async () => {
      const email = newEmail();
      const answers = await Promise.all([attempt({ email }), attempt({ email })]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      const lost = answers.find(({ status }) => status === 409) as Answer<unknown>;
      expectProblem(lost, 'CONFLICT');
      const [count] = await app.database.query('SELECT count(*)::int AS users FROM users WHERE email = $1', [email]);
      expect(count).toEqual({ users: 1 });
    });

    it('leaves nothing of a rejected registration behind', async () => {
      const organization = `Refused ${randomBytes(6).toString('hex')}`;
      const named = `SELECT id FROM organizations WHERE name LIKE $1 || '%'`;
      const left = (): Promise<unknown[]> =>
        app.database.query(
          `SELECT (SELECT count(*) FROM organizations WHERE id IN (${named})) AS organizations,
                  (SELECT count(*) FROM sessions WHERE user_id = $2 OR organization_id IN (${named})) AS sessions`,
          [organization, ada.userId],
        );
      const before = await left();
      expectProblem(await attempt({ email: ada.email, organization_name: organization }), 'CONFLICT');
      expect(await left()).toEqual(before);
    });
  });

  describe('422', () => {
    it.each([
      ['too short', 'a2.Wx7-kZ'],
      ['known from leaks', '1q2w3e4r5t'],
      ['known from leaks in capitals', 'ADMINISTRATOR'],
      ['one character again and again', 'aaaaaaaaaaaa'],
      ['a run of digits', '0123456789'],
      ['longer than 1,000 characters', 'x7'.repeat(501)],
    ])('rejects a password that is %s', async (_why, password) => {
      const answer = await attempt({ password });
      expectInvalid(answer, 'password');
      expect(JSON.stringify(answer.body)).not.toContain(password);
    });

    it('rejects names that consist only of spaces', async () => {
      expectInvalid(await attempt({ name: ' ', organization_name: '\t' }), 'name', 'organization_name');
    });

    it('rejects the email address as password', async () => {
      const email = newEmail();
      expectInvalid(await attempt({ email, password: email }), 'password');
      expectInvalid(await attempt({ email, password: email.split('@')[0] }), 'password');
    });

    it.each([['nobody'], ['a@'], ['@b.com'], ['a@b'], [''], [17], [null], [['a@example.com']]])(
      'rejects the email address %j',
      async (email) => {
        expectInvalid(await attempt({ email }), 'email');
      },
    );

    it('lists all invalid fields together, with their places', async () => {
      const answer = await attempt({ email: 'x', password: 'short', subscription_plan: 'gold', role: 'admin' });
      expectInvalid(answer, 'email', 'password', 'role', 'subscription_plan');
      const problem = expectProblem(answer, 'VALIDATION_ERROR');
      expect(problem.errors?.every(({ location }) => location === 'body')).toBe(true);
    });
  });
});

describe('POST /auth/login', () => {
  describe('200', () => {
    it('signs in', async () => {
      const { status, body } = await login(ada.email);
      expect(status).toBe(200);
      expect(body).toMatchObject({ token_type: 'bearer', expires_in: 3600, user: { id: ada.userId } });
      expect((await me(body.access_token)).status).toBe(200);
    });
  });

  describe('401', () => {
    it('is the same for an unknown email address and a wrong password', async () => {
      const wrongPassword = await login(ada.email, 'not the password at all');
      const wrongEmail = await login(newEmail());
      expectProblem(wrongPassword, 'INVALID_CREDENTIALS');
      expect(withoutIds(wrongEmail)).toEqual(withoutIds(wrongPassword));
    });

    it('takes about as long for an unknown address', async () => {
      const [unknown, known] = [newEmail(), ada.email];
      const bestMs: Record<string, number> = { [unknown]: Infinity, [known]: Infinity };
      // Alternating, so that the load of the machine affects both equally.
      for (let round = 0; round < 8; round += 1) {
        for (const email of [unknown, known]) {
          const startedAt = performance.now();
          await login(email, 'not the password at all');
          bestMs[email] = Math.min(bestMs[email] as number, performance.now() - startedAt);
        }
      }
      // Hashing takes most of the time. Without it, this would be a tenth.
      expect(bestMs[unknown]).toBeGreaterThan((bestMs[known] as number) / 3);
    });

    it('refuses a deactivated account', async () => {
      const off = await register(client);
      await app.database.query('UPDATE users SET is_active = false WHERE id = $1', [off.userId]);
      expectProblem(await login(off.email), 'INVALID_CREDENTIALS');
    });
  });

  describe('422', () => {
    it('requires both fields, and reports only that', async () => {
      const { errors } = expectProblem(await client.post('/auth/login', {}), 'VALIDATION_ERROR');
      expect(errors).toEqual(
        ['email', 'password'].map((field) => ({ field, message: 'is required', location: 'body' })),
      );
    });

    it('reports what a value must be before its maximum length', async () => {
      const answer = await client.post('/auth/login', { email: 'ada', password: 7 });
      const messages = expectProblem(answer, 'VALIDATION_ERROR').errors?.map(({ message }) => message);
      expect(messages).toEqual([expect.stringMatching(/^must be an email address/), 'must be a string']);
    });
  });
});

describe('POST /auth/refresh', () => {
  let account: Tokens;
  beforeAll(async () => {
    account = (await login(ada.email)).body;
  });
  const signedIn = async (): Promise<Tokens> => (await login(ada.email)).body;
  const age = (token: string, seconds: number): Promise<unknown> =>
    app.database.query(`UPDATE sessions SET refreshed_at = refreshed_at - make_interval(secs => $2) WHERE id = $1`, [
      token.split('.')[0],
      seconds,
    ]);

  describe('200', () => {
    it('exchanges the refresh token for a new pair of the same session', async () => {
      const { status, body } = await refresh(account.refresh_token);
      expect(status).toBe(200);
      expect(body).toMatchObject({ token_type: 'bearer', expires_in: 3600, user: { id: ada.userId } });
      expect(body.refresh_token).not.toBe(account.refresh_token);
      expect(decodeJwt(body.access_token)['sid']).toBe(decodeJwt(account.access_token)['sid']);
      expect((await me(body.access_token)).status).toBe(200);
      expect((await me(account.access_token)).status).toBe(200);
    });

    it('returns the same refresh token to a retry within 30 s', async () => {
      const first = await signedIn();
      const successor = (await refresh(first.refresh_token)).body.refresh_token;
      const retry = await refresh(first.refresh_token);
      expect({ status: retry.status, token: retry.body.refresh_token }).toEqual({ status: 200, token: successor });
      expect((await refresh(successor)).status).toBe(200);
    });

    it('leaves a usable session after 20 concurrent exchanges', async () => {
      const first = await signedIn();
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first.refresh_token)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const successors = new Set(answers.map(({ body }) => body.refresh_token));
      expect(successors.size).toBe(1);
      expect((await me((answers[0] as Answer<Tokens>).body.access_token)).status).toBe(200);
      expect((await refresh([...successors][0] as string)).status).toBe(200);
    });

    it('can be repeated', async () => {
      let { refresh_token: token } = await signedIn();
      for (let i = 0; i < 5; i += 1) ({ refresh_token: token } = (await refresh(token)).body);
      expect((await refresh(token)).status).toBe(200);
    });
  });

  describe('401', () => {
    it('ends the session when a token of an older generation is used', async () => {
      const first = await signedIn();
      const second = (await refresh(first.refresh_token)).body;
      const third = (await refresh(second.refresh_token)).body;
      expectProblem(await refresh(first.refresh_token), 'TOKEN_REVOKED');
      expectProblem(await refresh(third.refresh_token), 'TOKEN_REVOKED');
      for (const { access_token } of [first, second, third]) expectProblem(await me(access_token), 'TOKEN_REVOKED');
      expect((await me(account.access_token)).status).toBe(200);
    });

    it('ends the session when the previous token is used after 30 s', async () => {
      const first = await signedIn();
      const { body: second } = await refresh(first.refresh_token);
      await age(first.refresh_token, 31);
      expectProblem(await refresh(first.refresh_token), 'TOKEN_REVOKED');
      expectProblem(await me(second.access_token), 'TOKEN_REVOKED');
    });

    it('refuses a session of more than 30 days', async () => {
      const first = await signedIn();
      await app.database.query('UPDATE sessions SET expires_at = now() WHERE id = $1', [
        first.refresh_token.split('.')[0],
      ]);
      expectProblem(await refresh(first.refresh_token), 'TOKEN_EXPIRED');
    });

    it('rejects tokens that it did not create', async () => {
      const [session, , mac] = account.refresh_token.split('.') as [string, string, string];
      const forged = createHmac('sha256', 'guess').update(`${session}.9`).digest('base64url');
      for (const token of ['garbage', `${session}.9.${mac}`, `${session}.9.${forged}`, `${session}..`, '..']) {
        expectProblem(await refresh(token), 'UNAUTHORIZED');
      }
      expectProblem(await refresh(account.access_token), 'UNAUTHORIZED');
    });
  });

  it('reports a reuse once to the person and in the audit log', async () => {
    const victim = await register(client);
    const { body: second } = await refresh(victim.refreshToken);
    await refresh(second.refresh_token);
    await refresh(victim.refreshToken);
    await refresh(victim.refreshToken);
    const { body } = await login(victim.email);
    await eventually(async () => {
      const notifications = await client
        .as(body.access_token)
        .get<{ data: { title: string }[] }>('/api/v1/notifications');
      expect(notifications.body.data.map(({ title }) => title)).toEqual(['Session ended for your security']);
    });
    const audited = await app.database.query(
      `SELECT action, actor_kind FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
      [victim.refreshToken.split('.')[0]],
    );
    expect(audited).toEqual([
      { action: 'session.created', actor_kind: 'user' },
      { action: 'session.refresh_reused', actor_kind: 'system' },
    ]);
  });
});

describe('POST /auth/logout', () => {
  describe('204', () => {
    it('ends the session immediately, with access and refresh token, and no other', async () => {
      const [leaving, staying] = [(await login(ada.email)).body, (await login(ada.email)).body];
      const { status, body } = await client.as(leaving.access_token).post<string>('/auth/logout');
      expect({ status, body }).toEqual({ status: 204, body: '' });
      expectProblem(await me(leaving.access_token), 'TOKEN_REVOKED');
      expectProblem(await client.as(leaving.access_token).get('/api/v1/conversations'), 'TOKEN_REVOKED');
      expectProblem(await refresh(leaving.refresh_token), 'TOKEN_REVOKED');
      expect((await me(staying.access_token)).status).toBe(200);
    });
  });

  describe('401', () => {
    it('is returned the second time', async () => {
      const { access_token } = (await login(ada.email)).body;
      await client.as(access_token).post('/auth/logout');
      expectProblem(await client.as(access_token).post('/auth/logout'), 'TOKEN_REVOKED');
    });
  });
});

describe('GET /auth/me', () => {
  describe('200', () => {
    it('shows who is signed in', async () => {
      const { status, body } = await ada.session.get('/auth/me');
      expect(status).toBe(200);
      expect(body).toEqual({
        id: ada.userId,
        email: ada.email,
        name: null,
        organization_id: ada.organizationId,
        subscription_plan: 'free',
        is_active: true,
        is_verified: false,
        created_at: expect.stringMatching(TIME),
      });
    });

    it('accepts the scheme in any case', async () => {
      const { status } = await client.get('/auth/me', { headers: { authorization: `bEARER ${ada.accessToken}` } });
      expect(status).toBe(200);
    });
  });

  describe('401', () => {
    it('requires a credential', async () => {
      const answer = await client.get('/auth/me');
      expectProblem(answer, 'UNAUTHORIZED');
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="parlance", resource_metadata="http://parlance.test/.well-known/oauth-protected-resource"',
      );
    });

    it.each([
      ['another scheme', 'Basic YTpi'],
      ['a scheme alone', 'Bearer'],
      ['an empty token', 'Bearer  '],
      ['garbage', 'Bearer garbage'],
      ['three empty parts', 'Bearer ..'],
      ['characters no token has', 'Bearer \u00e9\u00e8%00'],
      ['ten kilobytes', `Bearer ${'x'.repeat(10_000)}`],
    ])('rejects %s', async (_what, authorization) => {
      expectProblem(await client.get('/auth/me', { headers: { authorization } }), 'UNAUTHORIZED');
    });

    it('rejects a refresh token used as access token, and says that the token is the cause', async () => {
      const answer = await me(ada.refreshToken);
      expectProblem(answer, 'UNAUTHORIZED');
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="parlance", error="invalid_token", resource_metadata="http://parlance.test/.well-known/oauth-protected-resource"',
      );
    });

    it('refuses a person who was deactivated or removed, once caches have expired', async () => {
      const gone = await register(client);
      await app.database.query('UPDATE users SET is_active = false WHERE id = $1', [gone.userId]);
      expectProblem(await gone.session.get('/auth/me'), 'TOKEN_REVOKED');
    });
  });

  describe('403', () => {
    it('is not for API keys', async () => {
      const key = await withKey(ada.session, ['knowledge:read']);
      expectProblem(await key.get('/auth/me'), 'FORBIDDEN');
      expectProblem(await key.post('/auth/logout'), 'FORBIDDEN');
    });
  });
});
