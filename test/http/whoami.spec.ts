import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../harness/expectations.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';

let app: RunningApp;
let account: Account;
beforeAll(async () => {
  app = await sharedApp();
  account = await register(app.client, { organization_name: 'Engines' });
});
afterAll(() => app.close());

describe('GET /api/v1/whoami', () => {
  it('200: describes a session', async () => {
    const { body: plans } = await app.client.get<{ data: { code: string; limits: object }[] }>('/api/v1/plans');
    const free = plans.data.find(({ code }) => code === 'free') as { limits: object };
    const { status, body } = await account.session.get('/api/v1/whoami');
    expect([status, body]).toMatchObject([
      200,
      {
        kind: 'session',
        user_id: expect.any(String),
        organization: { id: account.organizationId, name: 'Engines' },
        environment: 'live',
        plan: 'free',
        limits: free.limits,
        rate_limit: null,
      },
    ]);
  });

  it.each(['live', 'test'] as const)('200: describes a %s key with any scopes', async (environment) => {
    const key = await withKey(account.session, ['knowledge:read'], environment);
    const { status, body } = await key.get('/api/v1/whoami');
    expect([status, body]).toMatchObject([
      200,
      {
        kind: 'api_key',
        user_id: null,
        organization: { id: account.organizationId, name: 'Engines' },
        environment,
        scopes: ['knowledge:read'],
        plan: 'free',
      },
    ]);
  });

  it('200: shows the lowest limit of a key', async () => {
    const request = { name: 'Slow', scopes: ['knowledge:read'], rate_limit: 7 };
    const { body: made } = await account.session.post<{ key: string; id: string }>('/api/v1/api-keys', request);
    const { body } = await app.client.as(made.key).get('/api/v1/whoami');
    expect(body).toMatchObject({ rate_limit: 7, credential_id: made.id });
  });

  it('401: without a credential', async () => {
    expectProblem(await app.client.get('/api/v1/whoami'), 'UNAUTHORIZED');
  });
});
