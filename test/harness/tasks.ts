import { expect } from 'vitest';
import type { TestClient } from './client.js';
import { eventually } from './eventually.js';

export interface Task {
  task_id: string;
  status: string;
  progress: number;
  progress_message: string | null;
  error: { code: string; message: string } | null;
}

/** Submits a task, and returns its id. */
export async function submit(client: TestClient, path: string, input: object): Promise<string> {
  const { status, headers, body } = await client.post<{ task_id: string; status: string }>(path, input);
  expect({ status, body }).toMatchObject({ status: 202, body: { status: 'submitted' } });
  expect(headers.get('location')).toBe(`/api/v1/tasks/${body.task_id}`);
  return body.task_id;
}

/** The task after its end. */
export const ended = (client: TestClient, id: string): Promise<Task> =>
  eventually(async () => {
    const { body } = await client.get<Task>(`/api/v1/tasks/${id}/status`);
    expect(['completed', 'failed', 'cancelled']).toContain(body.status);
    return body;
  }, 90_000);
