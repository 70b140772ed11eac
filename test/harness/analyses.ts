import { expect } from 'vitest';
import type { AnalysisResult } from '../../src/product/analysis/analysis.types.js';
import type { TestClient } from './client.js';
import { eventually } from './eventually.js';
import { ended, submit, type Task } from './tasks.js';

export const ANALYZE = '/api/v1/tasks/analyze';

export interface Analyzed {
  task_type: string;
  results: AnalysisResult;
  files: { name: string; url: string }[];
}

/** Uploads a file, and waits until its profile is ready. Returns the id of the data source. */
export async function addDataSource(
  client: TestClient,
  name: string,
  content: string | Uint8Array,
  format = 'csv',
): Promise<string> {
  const { body } = await client.post<{ id: string }>('/api/v1/data-sources', { name, format });
  const stored = await client.call('PUT', `/api/v1/data-sources/${body.id}/content`, {
    body: content,
    headers: { 'content-type': 'application/octet-stream' },
  });
  expect(stored).toMatchObject({ status: 200 });
  await eventually(async () => {
    const source = await client.get<{ status: string; error: string | null }>(`/api/v1/data-sources/${body.id}`);
    expect(source.body).toMatchObject({ status: 'ready', error: null });
  }, 60_000);
  return body.id;
}

/** Submits an analysis, and waits for its end. */
export const endedAnalysis = async (client: TestClient, input: object): Promise<Task> =>
  ended(client, await submit(client, ANALYZE, input));

/** The results of an analysis that must complete. */
export async function analyzed(client: TestClient, input: object): Promise<Analyzed> {
  const task = await endedAnalysis(client, input);
  expect(task).toMatchObject({ error: null, status: 'completed', progress: 100 });
  return (await client.get<Analyzed>(`/api/v1/tasks/${task.task_id}/results`)).body;
}
