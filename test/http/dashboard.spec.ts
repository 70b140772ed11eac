import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { TestClient } from '../harness/client.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { expectProblem, TIME } from '../harness/expectations.js';

interface Dashboard {
  user: object;
  usage: { messages_this_month: number; quota_remaining: number | null; limits: object };
  sessions: { active_sessions: number; last_activity: string };
  conversations: { total_conversations: number; recent_activity: { conversation_id: string; title: string }[] };
}

let app: TestApp;
let ada: Account;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' }, true);
  ada = await register(app.client);
});
afterAll(() => app.close());

const dashboardOf = async ({ session }: Pick<Account, 'session'>): Promise<Dashboard> => {
  const { status, body } = await session.get<Dashboard>('/auth/dashboard');
  expect(status).toBe(200);
  return body;
};
const converse = async (client: TestClient, title: string, ...roles: string[]): Promise<string> => {
  const { body } = await client.post<{ id: string }>('/api/v1/conversations', { title });
  for (const role of roles) await client.post(`/api/v1/conversations/${body.id}/messages`, { content: title, role });
  return body.id;
};

describe('GET /auth/dashboard', () => {
  describe('200', () => {
    it('shows a new account', async () => {
      expect(await dashboardOf(ada)).toEqual({
        user: {
          id: ada.userId,
          email: ada.email,
          subscription_plan: 'free',
          is_active: true,
          created_at: expect.stringMatching(TIME),
        },
        usage: {
          messages_this_month: 0,
          background_tasks_this_month: 0,
          quota_remaining: 1000,
          limits: { messages: 1000, background_tasks: 10, api_calls: 100 },
        },
        sessions: { active_sessions: 1, last_activity: expect.stringMatching(TIME) },
        conversations: { total_conversations: 0, recent_activity: [] },
      });
    });

    it('counts the messages that the model answered this month, including the sandbox', async () => {
      const account = await register(app.client);
      const id = await converse(account.session, 'Live', 'user', 'agent', 'user');
      await account.session.post('/api/v1/chat', { message: 'Is there an answer?', conversation_id: id });
      await (
        await withKey(account.session, ['conversations:write'], 'test')
      ).post('/api/v1/chat', { message: 'And in the sandbox?' });
      await app.database.query(
        `INSERT INTO quota_months (organization_id, month, messages_used)
         VALUES ($1, date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month', 7)`,
        [account.organizationId],
      );
      expect((await dashboardOf(account)).usage).toMatchObject({ messages_this_month: 2, quota_remaining: 998 });
    });

    it('shows up to five conversations, those with the latest messages of people first', async () => {
      const account = await register(app.client);
      const ids: string[] = [];
      for (const title of ['1', '2', '3', '4', '5', '6']) ids.push(await converse(account.session, title, 'user'));
      await converse(account.session, 'without a message');
      await account.session.post(`/api/v1/conversations/${ids[0]}/messages`, { content: 'Again' });
      const { conversations } = await dashboardOf(account);
      expect(conversations.total_conversations).toBe(7);
      expect(conversations.recent_activity.map(({ title }) => title)).toEqual(['1', '6', '5', '4', '3']);
      expect(conversations.recent_activity[0]).toEqual({
        conversation_id: ids[0],
        title: '1',
        message_count: 2,
        last_message_at: expect.stringMatching(TIME),
      });
    });

    it('counts the open sessions', async () => {
      const account = await register(app.client);
      const signIn = () =>
        app.client.post<{ access_token: string }>('/auth/login', { email: account.email, password: PASSWORD });
      const [{ body }] = await Promise.all([signIn(), signIn()]);
      expect((await dashboardOf(account)).sessions.active_sessions).toBe(3);
      await app.client.as(body.access_token).post('/auth/logout');
      expect((await dashboardOf(account)).sessions.active_sessions).toBe(2);
    });

    it.each([
      ['academic', 500_000, { messages: 500_000, background_tasks: 5_000, api_calls: 50_000 }],
      ['enterprise', null, { messages: null, background_tasks: null, api_calls: null }],
    ])('shows the limits of the plan %s', async (plan, remaining, limits) => {
      const { email, organizationId } = await register(app.client);
      await app.database.query('UPDATE organizations SET plan = $2 WHERE id = $1', [organizationId, plan]);
      const { body } = await app.client.post<{ access_token: string }>('/auth/login', { email, password: PASSWORD });
      const { user, usage } = await dashboardOf({ session: app.client.as(body.access_token) });
      expect(user).toMatchObject({ subscription_plan: plan });
      expect(usage).toMatchObject({ quota_remaining: remaining, limits });
    });

    it('never shows a negative remainder', async () => {
      const account = await register(app.client);
      for (const message of ['One', 'Two']) await account.session.post('/api/v1/chat', { message });
      await app.database.query(`UPDATE plans SET messages_per_month = 1 WHERE code = 'basic'`);
      await app.database.query(`UPDATE organizations SET plan = 'basic' WHERE id = $1`, [account.organizationId]);
      const { body } = await app.client.post<{ access_token: string }>('/auth/login', {
        email: account.email,
        password: PASSWORD,
      });
      const { usage } = await dashboardOf({ session: app.client.as(body.access_token) });
      expect(usage).toMatchObject({ messages_this_month: 2, quota_remaining: 0 });
    });
  });

  describe('401 and 403', () => {
    it('are returned to callers that are not signed in', async () => {
      expectProblem(await app.client.get('/auth/dashboard'), 'UNAUTHORIZED');
      expectProblem(await (await withKey(ada.session, ['conversations:read'])).get('/auth/dashboard'), 'FORBIDDEN');
    });
  });
});
