import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskContext } from '../../src/product/tasks/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { eventually } from '../harness/eventually.js';
import { expectProblem, NO_ID } from '../harness/expectations.js';
import { register, withKey, type Account } from '../harness/fixtures.js';
import { endless, gate, ScriptedTasks } from '../harness/task-runner.js';

interface TaskResults {
  files: { name: string; content_type: string; bytes: number; url: string }[];
}

let app: TestApp;
let tasks: ScriptedTasks;
let owner: Account;
let stranger: Account;

beforeAll(async () => {
  app = await startApp();
  tasks = ScriptedTasks.in(app);
  [owner, stranger] = await Promise.all([register(app.client), register(app.client)]);
});
afterAll(() => app.close());

const at = (id: string, rest = ''): string => `/api/v1/tasks/${id}${rest}`;
const markdown = (context: TaskContext, content: string): Promise<void> =>
  context.attach({ name: 'report.md', contentType: 'text/markdown', content });
const submit = (work: (context: TaskContext) => Promise<object>): Promise<string> =>
  tasks.submit(owner, work, { seconds: 30 });
const errorOf = async (id: string): Promise<{ code: string } | null> =>
  (await owner.session.get<{ error: { code: string } | null }>(at(id))).body.error;
const countFiles = async (id: string): Promise<number> =>
  (await app.database.query('SELECT FROM task_files WHERE task_id = $1', [id])).length;

describe('a file of a task', () => {
  it('is listed with the results and downloaded as an attachment that a browser cannot run', async () => {
    const id = await submit(async (context) => {
      await markdown(context, '# Größe: 5 €');
      await context.attach({ name: 'data.json', contentType: 'application/json', content: '{"a":1}' });
      return {};
    });
    const { body } = await owner.session.get<TaskResults>(at(id, '/results'));
    expect(body.files).toEqual([
      { name: 'data.json', content_type: 'application/json', bytes: 7, url: at(id, '/files/data.json') },
      { name: 'report.md', content_type: 'text/markdown', bytes: 16, url: at(id, '/files/report.md') },
    ]);
    const file = await owner.session.get<string>(body.files[1]?.url as string);
    expect({ status: file.status, body: file.body }).toEqual({ status: 200, body: '# Größe: 5 €' });
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'text/markdown; charset=utf-8',
      'content-disposition': 'attachment; filename="report.md"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^default-src 'none';.* sandbox$/),
    });
  });

  it('arrives byte by byte, however large', async () => {
    const content = Buffer.alloc(1_000_003, 'äbc\0ü');
    const id = await submit(async (context) => {
      await context.attach({ name: 'paper.pdf', contentType: 'application/pdf', content });
      return {};
    });
    const response = await owner.session.fetch('GET', at(id, '/files/paper.pdf'));
    expect(response.headers.get('content-length')).toBe('1000003');
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
  });

  it('may be empty', async () => {
    const id = await submit(async (context) => {
      await markdown(context, '');
      return {};
    });
    expect(await owner.session.get(at(id, '/files/report.md'))).toMatchObject({ status: 200, body: '' });
  });

  it('replaces one of the same name, also when the task runs again', async () => {
    let runs = 0;
    const { open, work } = gate();
    const id = await tasks.submit(owner, async (context) => {
      runs += 1;
      await markdown(context, `first of run ${runs}`);
      if (runs === 1) {
        await context.attach({ name: 'old.md', contentType: 'text/markdown', content: '' });
        return endless(context);
      }
      await markdown(context, `last of run ${runs}`);
      return work(context);
    });
    await eventually(() => expect(runs).toBe(1));
    await eventually(async () => {
      await tasks.expireLease(id);
      expect(runs).toBe(2);
    });
    open();
    await eventually(async () => expect((await owner.session.get(at(id, '/results'))).status).toBe(200));
    const { body } = await owner.session.get<TaskResults>(at(id, '/results'));
    expect(body.files.map(({ name }) => name)).toEqual(['report.md']);
    expect((await owner.session.get(at(id, '/files/report.md'))).body).toBe('last of run 2');
  });

  it('is not available before the task completes, and not stored if it fails', async () => {
    const { open, work } = gate();
    const id = await tasks.submit(owner, async (context) => {
      await markdown(context, 'early');
      await work(context);
      throw Object.assign(new Error('a fault of the test'));
    });
    await eventually(() => expect(tasks.started).toContain(id));
    expectProblem(await owner.session.get(at(id, '/files/report.md')), 'TASK_NOT_FINISHED');
    await owner.session.post(at(id, '/cancel'));
    open();
    expectProblem(await owner.session.get(at(id, '/files/report.md')), 'CONFLICT');
    expect(await countFiles(id)).toBe(0);
  });

  it('is deleted with the results', async () => {
    const id = await submit(async (context) => {
      await markdown(context, 'old');
      return {};
    });
    expect(await countFiles(id)).toBe(1);
    await app.database.query(`UPDATE tasks SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
    await eventually(async () => expectProblem(await owner.session.get(at(id, '/files/report.md')), 'GONE'));
    expect(await countFiles(id)).toBe(0);
  });
});

describe('too much', () => {
  it.each<[string, (context: TaskContext) => Promise<void>]>([
    [
      '21 files',
      async (context) => {
        for (let n = 0; n < 21; n++) {
          await context.attach({ name: `${n}.svg`, contentType: 'image/svg+xml', content: '<svg/>' });
        }
      },
    ],
    [
      'more than 20 MiB',
      async (context) => {
        const content = Buffer.alloc(11 * 1024 * 1024);
        for (const name of ['a.pdf', 'b.pdf']) await context.attach({ name, contentType: 'application/pdf', content });
      },
    ],
  ])('fails the task with a reason: %s', async (_what, attachAll) => {
    const id = await submit(async (context) => {
      await attachAll(context);
      return {};
    });
    expect(await errorOf(id)).toMatchObject({ code: 'RESULT_TOO_LARGE' });
    expect(await countFiles(id)).toBe(0);
  });
});

describe('others', () => {
  it('get 404, as for none; 401 without a credential; 403 without the scope', async () => {
    const id = await submit(async (context) => {
      await markdown(context, 'secret');
      return {};
    });
    const path = at(id, '/files/report.md');
    expectProblem(await stranger.session.get(path), 'NOT_FOUND');
    expectProblem(await app.client.get(path), 'UNAUTHORIZED');
    expectProblem(await (await withKey(owner.session, ['tasks:write'])).get(path), 'INSUFFICIENT_SCOPE');
    expectProblem(await owner.session.get(at(NO_ID, '/files/report.md')), 'NOT_FOUND');
    for (const name of ['other.md', '..%2f..%2fetc%2fpasswd', '%F0%9F%98%80', 'x'.repeat(500)]) {
      expectProblem(await owner.session.get(at(id, `/files/${name}`)), 'NOT_FOUND');
    }
  });
});
