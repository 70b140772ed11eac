import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../harness/app.js';
import { register } from '../harness/fixtures.js';

interface Plan {
  code: string;
  limits: Record<string, number | null>;
  features: string[];
}

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ WORKER_INLINE: 'false' }, true);
});
afterAll(() => app.close());

describe('GET /api/v1/plans', () => {
  describe('200', () => {
    it('shows the public catalogue, lowest first', async () => {
      const { status, body } = await app.client.get<{ data: Plan[] }>('/api/v1/plans');
      expect(status).toBe(200);
      const rows = body.data.map(({ code, limits, features }) => [code, ...Object.values(limits), features.join(' ')]);
      expect(rows).toEqual([
        ['free', 60, 10, 100, 50_000, 1_000, 10, 1, 7, 100, ''],
        ['basic', 120, 20, 1_000, 500_000, 10_000, 100, 2, 30, 1_000, ''],
        ['pro', 300, 50, 5_000, 2_000_000, 50_000, 500, 4, 90, 5_000, 'webhooks research'],
        ['premium', 600, 60, 10_000, 5_000_000, 100_000, 1_000, 6, 180, 10_000, 'webhooks research papers priority'],
        [
          'academic',
          600,
          80,
          50_000,
          25_000_000,
          500_000,
          5_000,
          8,
          365,
          50_000,
          'webhooks research papers institutional_billing',
        ],
        [
          'enterprise',
          1_000,
          100,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          'webhooks research papers priority institutional_billing',
        ],
      ]);
      expect(Object.keys(body.data[0]?.limits ?? {})).toEqual([
        'requests_per_minute',
        'requests_in_flight',
        'requests_per_day',
        'tokens_per_month',
        'messages_per_month',
        'background_tasks_per_month',
        'concurrent_tasks',
        'task_retention_days',
        'storage_mb',
      ]);
    });
  });
});

describe('a changed plan', () => {
  it('applies from the next request on', async () => {
    const [{ session, organizationId }, operator] = await Promise.all([register(app.client), register(app.client)]);
    await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [operator.userId]);
    const messages = async (): Promise<object | undefined> => {
      const { body } = await session.get<{ plan: string; data: { quota: string; limit: number | null }[] }>(
        '/api/v1/quotas',
      );
      return { plan: body.plan, limit: body.data.find(({ quota }) => quota === 'messages')?.limit };
    };
    expect(await messages()).toEqual({ plan: 'free', limit: 1_000 });
    for (const [plan, limit] of [
      ['academic', 500_000],
      ['enterprise', null],
      ['free', 1_000],
    ]) {
      const answer = await operator.session.patch(`/api/v1/admin/organizations/${organizationId}`, { plan });
      expect(answer.status).toBe(200);
      expect(await messages()).toEqual({ plan, limit });
    }
  });
});
