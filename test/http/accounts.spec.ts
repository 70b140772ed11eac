import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestClient } from '../harness/client.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { type MailServer, tokenIn } from '../harness/mail-server.js';
import { startMailedApp, type MailedApp } from '../harness/mailed-app.js';
import { expectProblem, NO_ID } from '../harness/expectations.js';

const CONFIRM = /confirm your email/i;

let app: MailedApp;
let client: TestClient;
let mailServer: MailServer;
beforeAll(async () => {
  app = await startMailedApp();
  ({ client, mailServer } = app);
});
afterAll(() => app.close());

const verify = (token: string): Promise<Answer<unknown>> => client.post<unknown>('/auth/verify-email', { token });
const resend = ({ session }: Account): Promise<Answer<unknown>> => session.post<unknown>('/auth/resend-verification');
const mailedToken = async ({ email }: Account, count = 1): Promise<string> =>
  tokenIn(await mailServer.waitFor(email, CONFIRM, count));
const isVerified = async ({ session }: Account): Promise<unknown> =>
  (await session.get<Record<string, unknown>>('/auth/me')).body['is_verified'];

describe('POST /auth/verify-email', () => {
  describe('204', () => {
    it('confirms the address with the token that registration mailed', async () => {
      const ada = await register(client);
      expect(await isVerified(ada)).toBe(false);
      expect(await verify(await mailedToken(ada))).toMatchObject({ status: 204, body: '' });
      expect(await isVerified(ada)).toBe(true);
      const [entry] = await app.database.query(
        `SELECT actor_id, target_id FROM audit_log WHERE organization_id = $1 AND action = 'user.email_verified'`,
        [ada.organizationId],
      );
      expect(entry).toEqual({ actor_id: ada.userId, target_id: ada.userId });
    });

    it('does not confirm another account', async () => {
      const [ada, bob] = [await register(client), await register(client)];
      await verify(await mailedToken(ada));
      expect(await isVerified(bob)).toBe(false);
    });
  });

  describe('404', () => {
    it.each(['garbage', `${NO_ID}.${'A'.repeat(43)}`])('rejects a token %s', async (token) => {
      expectProblem(await verify(token), 'NOT_FOUND');
    });

    it('rejects tokens for setting passwords', async () => {
      const ada = await register(client);
      await client.post('/auth/forgot-password', { email: ada.email });
      expectProblem(await verify(tokenIn(await mailServer.waitFor(ada.email, /new password/))), 'NOT_FOUND');
    });
  });

  describe('410', () => {
    it('accepts a token once', async () => {
      const token = await mailedToken(await register(client));
      const answers = await Promise.all([verify(token), verify(token)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 410]);
    });

    it('rejects an old token', async () => {
      const ada = await register(client);
      const token = await mailedToken(ada);
      await app.database.query('UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1', [ada.userId]);
      expectProblem(await verify(token), 'GONE');
      expect(await isVerified(ada)).toBe(false);
    });
  });
});

describe('POST /auth/resend-verification', () => {
  describe('202', () => {
    it('mails another link; both are valid', async () => {
      const ada = await register(client);
      const first = await mailedToken(ada);
      expect(await resend(ada)).toMatchObject({ status: 202, body: '' });
      const second = await mailedToken(ada, 2);
      expect(second).not.toBe(first);
      expect((await verify(second)).status).toBe(204);
    });
  });

  describe('403', () => {
    it('is not for API keys', async () => {
      const key = await withKey((await register(client)).session, ['knowledge:read']);
      expectProblem(await key.post('/auth/resend-verification'), 'FORBIDDEN');
    });
  });

  describe('409', () => {
    it('refuses a confirmed address', async () => {
      const ada = await register(client);
      await verify(await mailedToken(ada));
      expectProblem(await resend(ada), 'CONFLICT');
    });
  });

  describe('429', () => {
    it('mails at most five per hour, also for concurrent requests', async () => {
      const ada = await register(client);
      const answers = await Promise.all(Array.from({ length: 8 }, () => resend(ada)));
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 202, 429, 429, 429, 429]);
    });
  });
});

describe('pages that mails link to', () => {
  it.each(['verify-email', 'reset-password', 'accept-invitation'])('serves /auth/%s', async (name) => {
    const { status, headers, body } = await client.get<string>(`/auth/${name}`);
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    // Everything that it loads, sends or links to is on this server.
    expect(body).not.toMatch(/\s(src|action|on\w+)=|href="(?!\/[a-z"]|data:)/);
    expect(body).toContain(`data-page="${name}"`);
  });
});
