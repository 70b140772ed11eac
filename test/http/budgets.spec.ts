import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import type { Answer, TestClient } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { expectProblem } from '../harness/expectations.js';

const ORGANIZATIONS = '/api/v1/organizations';
const MOST = 4;
const PER_MINUTE = 30;
const MESSAGES = 6;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ MAX_ORGANIZATIONS_PER_PERSON: String(MOST) });
  await app.database.query(`UPDATE plans SET requests_per_minute = $1, messages_per_month = $2 WHERE code = 'free'`, [
    PER_MINUTE,
    MESSAGES,
  ]);
  await app.database.query(`UPDATE plans SET storage_mb = 1 WHERE code IN ('free', 'pro')`);
});
afterAll(() => app.close());

let ada: Account;
beforeEach(async () => {
  ada = await verified();
});

async function verified(): Promise<Account> {
  const account = await register(app.client);
  await app.database.query('UPDATE users SET is_verified = true WHERE id = $1', [account.userId]);
  return account;
}
const create = ({ session }: Account): Promise<Answer<{ id: string }>> =>
  session.post<{ id: string }>(ORGANIZATIONS, { name: 'Another' });
async function another(account: Account): Promise<string> {
  const { status, body } = await create(account);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.id;
}
const signIn = async ({ email }: Account): Promise<TestClient> => {
  const { status, body } = await app.client.post<{ access_token: string }>('/auth/login', {
    email,
    password: PASSWORD,
  });
  expect(status).toBe(200);
  return app.client.as(body.access_token);
};
/** A session of the person in that organization. */
async function within(account: Account, id: string): Promise<TestClient> {
  const session = await signIn(account);
  expect((await session.post('/auth/switch-organization', { organization_id: id })).status).toBe(200);
  return session;
}
const keyIn = async (account: Account, id: string, environment: 'live' | 'test' = 'live'): Promise<TestClient> =>
  withKey(await within(account, id), ['knowledge:read', 'conversations:write'], environment);
const setPlan = async (id: string, plan: string): Promise<void> => {
  const operator = await register(app.client);
  await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [operator.userId]);
  const session = await signIn(operator);
  expect((await session.patch(`/api/v1/admin/organizations/${id}`, { plan })).status).toBe(200);
};
const ask = (client: TestClient): Promise<Answer<unknown>> =>
  client.post('/api/v1/chat', { message: 'Is there an answer?' });
const answered = async (client: TestClient, times: number): Promise<number> => {
  let count = 0;
  for (let i = 0; i < times; i += 1) count += Number((await ask(client)).status === 200);
  return count;
};
const remaining = async (client: TestClient): Promise<number> => {
  const { body } = await client.get<{ data: { quota: string; remaining: number }[] }>('/api/v1/quotas');
  return body.data.find(({ quota }) => quota === 'messages')?.remaining as number;
};
async function passing(clients: TestClient[], calls: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: calls }, (_, index) =>
      (clients[index % clients.length] as TestClient).get('/api/v1/knowledge'),
    ),
  );
  return answers.filter(({ status }) => status === 200).length;
}
/** Makes another person an owner of the existing organization. */
const enter = (account: Account, id: string): Promise<unknown> =>
  app.database.query(`INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, 'owner')`, [
    id,
    account.userId,
  ]);

describe('unpaid organizations of one person', () => {
  it('share requests per minute, live and test', async () => {
    const ids = [ada.organizationId, await another(ada), await another(ada)];
    const keys = await Promise.all(ids.map((id, index) => keyIn(ada, id, index === 2 ? 'test' : 'live')));
    const began = performance.now();
    let passed = await passing(keys, 3 * PER_MINUTE);
    for (const key of keys) {
      const more = await passing([key], PER_MINUTE);
      expect(more).toBeLessThan(PER_MINUTE);
      passed += more;
    }
    const refilled = ((performance.now() - began) / 60_000) * PER_MINUTE;
    expect(passed).toBeGreaterThanOrEqual(PER_MINUTE - 1);
    expect(passed).toBeLessThanOrEqual(PER_MINUTE + Math.ceil(refilled));
  });

  it('share the quotas of the month, and each is notified', async () => {
    const other = await another(ada);
    const [here, there] = [await keyIn(ada, ada.organizationId), await keyIn(ada, other)];
    expect(await answered(here, 2)).toBe(2);
    expect(await answered(there, 2)).toBe(2);
    expect(await remaining(ada.session)).toBe(MESSAGES - 4);
    expect(await remaining(await within(ada, other))).toBe(MESSAGES - 4);
    expect((await answered(there, 3)) + (await answered(here, 3))).toBe(2);
    expectProblem(await ask(here), 'QUOTA_EXCEEDED');
    // 80 percent were reached in that organization, so it is notified.
    const told = await app.database.query(
      `SELECT DISTINCT organization_id FROM events WHERE type = 'quota.threshold_reached' AND organization_id = ANY($1)`,
      [[ada.organizationId, other]],
    );
    expect(told).toEqual([{ organization_id: other }]);
  });

  it('have their own usage counts', async () => {
    const other = await another(ada);
    const session = await within(ada, other);
    const { body } = await session.post<{ id: string; key: string }>('/api/v1/api-keys', {
      name: 'Test',
      scopes: ['knowledge:read'],
    });
    await passing([app.client.as(body.key)], 3);
    const usage = await session.get<{ total_requests: number }>(`/api/v1/api-keys/${body.id}/usage`);
    expect(usage.body.total_requests).toBe(3);
    expect(
      await app.database.query('SELECT DISTINCT organization_id FROM usage_records WHERE credential_id = $1', [
        body.id,
      ]),
    ).toEqual([{ organization_id: other }]);
  });

  it('are refused immediately when a key in one of them is revoked, even with a shared count', async () => {
    const session = await within(ada, await another(ada));
    const { body } = await session.post<{ id: string; key: string }>('/api/v1/api-keys', {
      name: 'Test',
      scopes: ['knowledge:read'],
    });
    expect(await passing([app.client.as(body.key)], 1)).toBe(1);
    await session.delete(`/api/v1/api-keys/${body.id}`);
    expectProblem(await app.client.as(body.key).get('/api/v1/knowledge'), 'TOKEN_REVOKED');
  });

  it('continue to share it after others become owners, and after the person has left or erased the account', async () => {
    const [other, bob] = [await another(ada), await verified()];
    await enter(bob, ada.organizationId);
    await enter(bob, other);
    expect(await answered(await keyIn(bob, other), MESSAGES)).toBe(MESSAGES);
    expectProblem(await ask(await keyIn(bob, ada.organizationId)), 'QUOTA_EXCEEDED');
    const erased = await ada.session.call('DELETE', '/api/v1/users/me', { body: { password: PASSWORD } });
    expect(erased.status).toBe(204);
    expectProblem(await ask(await keyIn(bob, ada.organizationId)), 'QUOTA_EXCEEDED');
    // A person who is made an owner does not pay for it.
    expect(await remaining(bob.session)).toBe(MESSAGES);
    expect(await answered(await keyIn(bob, bob.organizationId), 1)).toBe(1);
  });

  it('continue to share it when the first one is deleted, and after its purge', async () => {
    const other = await another(ada);
    expect(await answered(await keyIn(ada, ada.organizationId), MESSAGES)).toBe(MESSAGES);
    const key = await keyIn(ada, other);
    const deleted = await ada.session.call('DELETE', `${ORGANIZATIONS}/me`, { body: { name: await nameOf(ada) } });
    expect(deleted.status).toBe(204);
    expectProblem(await ask(key), 'QUOTA_EXCEEDED');
    await app.database.query('UPDATE organizations SET purge_at = now() WHERE id = $1 OR parent_id = $1', [
      ada.organizationId,
    ]);
    await eventually(async () => {
      expect(await app.database.query('SELECT FROM organizations WHERE id = $1', [ada.organizationId])).toEqual([]);
      const [{ done }] = (await app.database.query(
        `SELECT count(*)::int AS done FROM event_deliveries d JOIN events e ON e.id = d.event_id
         WHERE d.subscriber = 'quotas' AND e.subject = $1`,
        [ada.organizationId],
      )) as [{ done: number }];
      expect(done).toBe(1);
    });
    expectProblem(await ask(key), 'QUOTA_EXCEEDED');
  });
});

const nameOf = async ({ session }: Account): Promise<string> =>
  (await session.get<{ name: string }>(`${ORGANIZATIONS}/me`)).body.name;

describe('a plan change', () => {
  it('removes an organization from the budget, and the remaining ones keep a budget of their own', async () => {
    const [second, third] = [await another(ada), await another(ada)];
    await setPlan(ada.organizationId, 'pro');
    const [first, keys] = [
      await keyIn(ada, ada.organizationId),
      [await keyIn(ada, second), await keyIn(ada, third)] as const,
    ];
    expect(await answered(keys[0], MESSAGES)).toBe(MESSAGES);
    expectProblem(await ask(keys[1]), 'QUOTA_EXCEEDED');
    expect((await ask(first)).status).toBe(200);
  });

  it('puts an organization back into the budget of the others', async () => {
    const second = await another(ada);
    await setPlan(ada.organizationId, 'pro');
    expect(await answered(await keyIn(ada, second), MESSAGES)).toBe(MESSAGES);
    await setPlan(ada.organizationId, 'free');
    expectProblem(await ask(await keyIn(ada, ada.organizationId)), 'QUOTA_EXCEEDED');
    expectProblem(await ask(await keyIn(ada, await another(ada))), 'QUOTA_EXCEEDED');
  });

  it('keeps the usage of an organization that is alone', async () => {
    expect(await answered(await keyIn(ada, ada.organizationId), 2)).toBe(2);
    await setPlan(ada.organizationId, 'basic');
    const { body } = await ada.session.get<{ data: { used: number }[] }>('/api/v1/quotas');
    expect(body.data.map(({ used }) => used)).toContain(2);
  });
});

describe('the number of organizations that a person can create', () => {
  it('is one before they have confirmed their email address', async () => {
    const eve = await register(app.client);
    expect(expectProblem(await create(eve), 'FORBIDDEN').detail).toContain('Confirm your email address');
    await app.database.query('UPDATE users SET is_verified = true WHERE id = $1', [eve.userId]);
    expect((await create(eve)).status).toBe(201);
  });

  it('allows one more organization at sign-in after a deletion, and no third', async () => {
    const eve = await register(app.client);
    for (const status of [200, 403]) {
      const [{ id }] = (await app.database.query(
        'SELECT organization_id AS id FROM memberships WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1',
        [eve.userId],
      )) as [{ id: string }];
      await app.database.query(`UPDATE organizations SET deleted_at = now() WHERE id = $1`, [id]);
      const answer = await app.client.post('/auth/login', { email: eve.email, password: PASSWORD });
      expect(answer.status).toBe(status);
    }
  });

  it('equals the setting, for any number of concurrent requests, and includes deleted ones', async () => {
    const answers = await Promise.all(Array.from({ length: 3 * MOST }, () => create(ada)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(MOST - 1);
    const refused = answers.filter(({ status }) => status !== 201);
    for (const answer of refused)
      expect(expectProblem(answer, 'CONFLICT').detail).toContain(`the limit is ${MOST} per person`);
    await app.database.query('UPDATE organizations SET deleted_at = now() WHERE created_by = $1 AND id <> $2', [
      ada.userId,
      ada.organizationId,
    ]);
    expectProblem(await create(ada), 'CONFLICT');
  });

  it('is not changed by transfers to or from others', async () => {
    const bob = await verified();
    for (let made = 1; made < MOST; made += 1) {
      const id = await another(ada);
      await enter(bob, id);
      await app.database.query('DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2', [id, ada.userId]);
    }
    expectProblem(await create(ada), 'CONFLICT');
    expect((await create(bob)).status).toBe(201);
  });
});

describe('the storage of one person’s unpaid organizations', () => {
  const store = (client: TestClient): Promise<Answer<unknown>> =>
    client.post('/api/v1/knowledge', { title: 'Large', content: 'lorem ipsum '.repeat(60_000) });
  const storedBytes = async (client: TestClient): Promise<number | undefined> =>
    (await client.get<{ data: { quota: string; used: number }[] }>('/api/v1/quotas')).body.data.find(
      ({ quota }) => quota === 'storage_bytes',
    )?.used;

  it('has one limit, including sandboxes and keys, and a paid one has its own', async () => {
    const [first, second] = [ada.session, await within(ada, await another(ada))];
    const sandbox = await withKey(second, ['knowledge:write'], 'test');
    expect((await store(first)).status).toBe(201);
    for (const client of [first, second, sandbox]) expectProblem(await store(client), 'QUOTA_EXCEEDED');
    expect(await storedBytes(second)).toBe(await storedBytes(first));
    const third = await another(ada);
    await setPlan(third, 'pro');
    expect((await store(await within(ada, third))).status).toBe(201);
    const stranger = await verified();
    expect((await store(stranger.session)).status).toBe(201);
  });

  it('is limited also for concurrent writes', async () => {
    const clients = [ada.session, await within(ada, await another(ada)), await within(ada, await another(ada))];
    const statuses = (await Promise.all(clients.map(store))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 429, 429]);
  });
});
