import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addDataSource, analyzed } from '../harness/analyses.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import { startModelServer, type ModelServer } from '../harness/model-server.mjs';

const ORDERS = `order_id,order_date,amount\n${Array.from({ length: 24 }, (_, month) => `${month},${2024 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-05,${month < 12 ? 100 : 150}`).join('\n')}\n`;
const OWN = '2025: revenue 1,800, from 12 rows.';

let app: TestApp;
let model: ModelServer;
let callers: Callers;
let owner: Person;

beforeAll(async () => {
  model = await startModelServer();
  app = await startApp({ MODEL_BASE_URL: model.url, MODEL_DEFAULT: 'stand-in', MODEL_FALLBACK: 'parlance-extractive' });
  callers = new Callers(app);
  owner = await callers.person({ plan: 'pro' });
});
afterAll(async () => {
  await app.close();
  await model.close();
});
beforeEach(() => {
  model.script = { pieces: ['Revenue rose by 50% [1]. ', 'It will double next year [1].'] };
});

const upload = ({ client }: Person): Promise<string> => addDataSource(client, 'orders', ORDERS);

const QUESTION = {
  description: 'How did revenue develop in 2025?',
  data_source: 'orders',
  parameters: { time_period: '2025', metrics: ['revenue'] },
};

async function usedTokens({ client }: Person): Promise<number> {
  const { body } = await client.get<{ data: { quota: string; used: number; reserved: number }[] }>('/api/v1/quotas');
  const tokens = body.data.find(({ quota }) => quota === 'tokens');
  expect(tokens?.reserved).toBe(0);
  return tokens?.used as number;
}

describe('the summary of an analysis', () => {
  it('is in the words of the model, without what was not computed, on the account of the organization', async () => {
    await upload(owner);
    const { summary, summary_model: by, report } = (await analyzed(owner.client, QUESTION)).results;
    expect(summary).toBe('Revenue rose by 50%.');
    expect(by).toBe('stand-in');
    expect(report).toContain(summary);
    expect(await usedTokens(owner)).toBe(18);
  });

  it.each([
    ['of a model that makes things up', { pieces: ['Profit fell by 12% [1].'] }],
    ['of a model that fails', { status: 400, body: 'no' }],
    ['of a fallback', { status: 500, body: 'no' }],
  ])('is not %s', async (_which, script) => {
    model.script = script;
    const { summary, summary_model: by } = (await analyzed(owner.client, QUESTION)).results;
    expect(summary).toContain(OWN);
    expect(by).toBeNull();
  });

  it('needs no model when the quota of tokens is used up', async () => {
    const poor = await callers.person({ plan: 'basic' });
    await app.database.query(`UPDATE plans SET tokens_per_month = 10 WHERE code = 'basic'`);
    await upload(poor);
    expect((await analyzed(poor.client, QUESTION)).results).toMatchObject({
      summary: expect.stringContaining(OWN),
      summary_model: null,
    });
    expect(await usedTokens(poor)).toBe(0);
  });
});
