import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids/index.js';
import { ANALYZE, analyzed, endedAnalysis } from '../harness/analyses.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import { expectProblem } from '../harness/expectations.js';

let app: TestApp;
let callers: Callers;
let owner: Person;

beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  owner = await callers.person({ plan: 'pro' });
  await insertUsage(owner.organizationId);
  await insertConversations(owner.organizationId);
});
afterAll(() => app.close());

/** 10 requests a day to one route and 1 to another in March, 20 and 1 in April, by two credentials each. */
async function insertUsage(organizationId: string): Promise<void> {
  await app.database.query(
    `INSERT INTO usage_records (organization_id, credential_id, day, route, requests)
     SELECT $1, credential, day, route, CASE WHEN route = 'GET /api/v1/whoami' THEN 1 WHEN day < '2026-04-01' THEN 10 ELSE 20 END
     FROM generate_series('2026-03-01'::timestamp, '2026-04-30', '1 day') AS day,
          unnest($2::uuid[]) AS credential, unnest(ARRAY['GET /api/v1/whoami', 'POST /api/v1/chat']) AS route`,
    [organizationId, [newId(), newId()]],
  );
}

/** More conversations than are read at once; each has one answer, every fourth without sources. */
async function insertConversations(organizationId: string): Promise<void> {
  await app.database.query(
    `WITH made AS (
       INSERT INTO conversations (id, organization_id, status, message_count, created_at)
       SELECT gen_random_uuid(), $1, 'open', 2, '2026-03-01'::timestamptz + n * interval '30 minutes'
       FROM generate_series(0, 2499) AS n RETURNING id, created_at)
     INSERT INTO messages (id, organization_id, conversation_id, role, content, answer)
     SELECT gen_random_uuid(), $1, id, 'assistant', 'The secret words of an answer',
            jsonb_build_object('confidence', 0.5, 'response_time_ms', 100, 'response_language', 'en', 'sources',
              CASE WHEN extract(epoch FROM created_at)::int / 1800 % 4 = 0 THEN '[]'::jsonb ELSE '[{"citation": 1}]' END)
     FROM made`,
    [organizationId],
  );
}

describe('POST /api/v1/tasks/analyze with a built-in table', () => {
  it('202: counts requests, and says which route brought more', async () => {
    const { results } = await analyzed(owner.client, {
      description: 'Why did requests rise in April 2026?',
      data_source: 'usage',
      parameters: { time_period: '2026-04', metrics: ['requests'], dimensions: ['route'] },
    });
    // The requests of this test are usage, too.
    expect(results.data_source).toMatchObject({ id: 'usage', name: 'usage' });
    expect(results.data_source.rows).toBeGreaterThanOrEqual(61 * 4);
    expect(results.quantitative_results).toMatchObject({ requests: 30 * 2 * 21, requests_previous: 31 * 2 * 11 });
    expect(results.insights.join('\n')).toContain('POST /api/v1/chat');
  });

  it('202: says which route is used most, although there is no earlier period', async () => {
    const { results } = await analyzed(owner.client, {
      description: 'Which routes are used most?',
      data_source: 'usage',
      parameters: { time_period: '2026-03-01 to 2026-04-30', metrics: ['requests'], dimensions: ['route'] },
    });
    expect(results.summary).toContain('By route, requests, largest first: POST /api/v1/chat (1,820)');
    expect(results.tables.find(({ name }) => name === 'requests_by_route')?.rows).toEqual([
      ['POST /api/v1/chat', 1_820, 122],
      ['GET /api/v1/whoami', 122, 122],
    ]);
    expect(results.insight_details.find(({ kind }) => kind === 'breakdown')).toMatchObject({
      numbers: { dimension: 'route', largest_segment: 'POST /api/v1/chat', largest_value: 1_820, segments: 2 },
      sample_size: 244,
    });
  });

  it('202: computes with all conversations, but has none of their words', async () => {
    const { results } = await analyzed(owner.client, {
      description: 'How good are the answers?',
      data_source: 'conversations',
      parameters: {
        time_period: 'all',
        metrics: ['share without sources = sum(answers_without_sources) / sum(answers)', 'mean_confidence', 'messages'],
      },
    });
    expect(results.data_source.rows).toBe(2_500);
    expect(results.quantitative_results).toMatchObject({
      'share without sources': 0.25,
      mean_confidence: 0.5,
      messages: 5_000,
    });
    expect(JSON.stringify(results)).not.toContain('secret words');
  });

  it('202: has only the rows of one’s own organization', async () => {
    const stranger = await callers.person({ plan: 'pro' });
    for (const name of ['usage', 'conversations']) {
      expect(await endedAnalysis(stranger.client, { description: 'What happened?', data_source: name })).toMatchObject({
        status: 'failed',
        error: { code: 'NO_ROWS', message: `The data source "${name}" has no rows yet.` },
      });
    }
  });

  it.each([
    ['conversations', 'conversations:read'],
    ['usage', 'analytics:read'],
  ] as const)('403: %s needs the scope %s', async (name, scope) => {
    const request = { description: 'What happened?', data_source: name };
    const without = await callers.key(owner, ['tasks:write']);
    const refused = await without.client.post(ANALYZE, request);
    expect(expectProblem(refused, 'INSUFFICIENT_SCOPE').error.details).toEqual({
      required: [scope],
      granted: ['tasks:write'],
    });
    const having = await callers.key(owner, ['tasks:write', scope]);
    expect((await having.client.post(ANALYZE, request)).status).toBe(202);
  });

  it('409: a data source cannot take the name', async () => {
    for (const name of ['usage', 'Conversations']) {
      const refused = await owner.client.post('/api/v1/data-sources', { name, format: 'csv' });
      expectProblem(refused, 'CONFLICT');
    }
  });
});
