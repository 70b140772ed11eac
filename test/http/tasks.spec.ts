import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TaskFailure } from '../../src/product/tasks/index.js';
import { startApp, type TestApp } from '../harness/app.js';
import { EventReader } from '../harness/event-reader.js';
import { eventually } from '../harness/eventually.js';
import { NO_ID } from '../harness/expectations.js';
import { PASSWORD, register, withKey, type Account } from '../harness/fixtures.js';
import { endless, gate, ScriptedTasks } from '../harness/task-runner.js';

interface Task {
  task_id: string;
  status: string;
  progress: number;
  progress_message: string | null;
  error: { code: string; message: string } | null;
  retry_of: string | null;
}

let app: TestApp;
let tasks: ScriptedTasks;
let owner: Account;
let stranger: Account;

beforeAll(async () => {
  app = await startApp({ WORKER_CONCURRENCY: '4' });
  // Plans are cached, so they change before anything reads them.
  await app.database.query(
    `UPDATE plans SET concurrent_tasks = CASE code WHEN 'pro' THEN 2 ELSE 1 END WHERE code IN ('basic', 'pro', 'premium')`,
  );
  tasks = ScriptedTasks.in(app);
  stranger = await register(app.client);
});
beforeEach(async () => {
  owner = await register(app.client);
  tasks.timeoutSeconds = 60;
});
afterAll(() => app.close());

const at = (id: string, rest = ''): string => `/api/v1/tasks/${id}${rest}`;
const statusOf = async (id: string): Promise<Task> => (await owner.session.get<Task>(at(id, '/status'))).body;
const reaches = (id: string, expected: Partial<Task>): Promise<Task> =>
  eventually(async () => {
    const task = await statusOf(id);
    expect(task).toMatchObject(expected);
    return task;
  });
const follow = async (id: string, lastEventId?: string): Promise<EventReader> =>
  new EventReader(
    await owner.session.fetch('GET', at(id, '/events'), {
      ...(lastEventId !== undefined && { headers: { 'last-event-id': lastEventId } }),
    }),
  );
const tasksOf = async ({ organizationId }: Account): Promise<object> => {
  const [row] = await app.database.query<object>(
    'SELECT tasks_used::int AS used, tasks_reserved::int AS reserved FROM quota_months WHERE organization_id = $1',
    [organizationId],
  );
  return row as object;
};

describe('a task', () => {
  it('runs, shows its progress and keeps its results', async () => {
    const { open, work } = gate();
    const id = await tasks.submit(owner, async (context) => {
      await context.progress(40, 'Reading.');
      await work(context);
      return { answer: 42 };
    });
    const running = await reaches(id, { status: 'running', progress: 40, progress_message: 'Reading.' });
    expect(running).toMatchObject({ task_type: 'scripted', completed_at: null, result_available: false, error: null });
    const early = await owner.session.get(at(id, '/results'));
    expect({ status: early.status, code: early.body.code }).toEqual({ status: 409, code: 'TASK_NOT_FINISHED' });
    open();
    const done = await reaches(id, { status: 'completed', progress: 100 });
    expect(done).toMatchObject({ result_available: true, duration_seconds: expect.any(Number) });
    const { status, body } = await owner.session.get(at(id, '/results'));
    expect({ status, body }).toEqual({
      status: 200,
      body: { task_id: id, task_type: 'scripted', results: { answer: 42 }, files: [] },
    });
    expect(await tasksOf(owner)).toEqual({ used: 1, reserved: 0 });
  });

  it('is shown with its request', async () => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    const { body } = await owner.session.get<Task & { input: object }>(at(id));
    expect(body).toMatchObject({ task_id: id, status: 'completed', input: { script: expect.any(String) } });
  });

  it('can be waited for with Prefer', async () => {
    const { open, work } = gate();
    const id = await tasks.submit(owner, work);
    await reaches(id, { status: 'running' });
    const waiting = owner.session.get<Task>(at(id, '/status'), { headers: { prefer: 'respond-async, wait=20' } });
    open();
    const { headers, body } = await waiting;
    expect(body.status).toBe('completed');
    expect(headers.get('preference-applied')).toBe('wait=20');
  });

  it.each(['wait=0', 'wait=-1', 'wait=x', 'await=5', 'wait=', 'wait=99999999999999999999'])(
    'does not wait because of "Prefer: %s"',
    async (prefer) => {
      const id = await tasks.submit(owner, endless);
      const { status, headers, body } = await owner.session.get<Task>(at(id, '/status'), { headers: { prefer } });
      expect({ status, applied: headers.get('preference-applied') }).toEqual({ status: 200, applied: null });
      expect(['submitted', 'running']).toContain(body.status);
      await owner.session.post(at(id, '/cancel'));
    },
  );

  it('fails with a reason that its submitter understands, and counts', async () => {
    const id = await tasks.submit(owner, () => Promise.reject(new TaskFailure('NO_DATA', 'There are no documents.')));
    await reaches(id, { status: 'failed', error: { code: 'NO_DATA', message: 'There are no documents.' } });
    const { status, body } = await owner.session.get(at(id, '/results'));
    expect({ status, code: body.code, detail: body.detail }).toEqual({
      status: 409,
      code: 'CONFLICT',
      detail: 'The task failed and has no results. There are no documents.',
    });
    expect(await tasksOf(owner)).toEqual({ used: 1, reserved: 0 });
  });

  it('is tried three times after an error of the server, and then counts as none', async () => {
    const id = await tasks.submit(owner, () => Promise.reject(new Error('a fault of the test')));
    for (let attempt = 1; attempt <= 3; attempt++) {
      await eventually(() => expect(tasks.started.filter((each) => each === id)).toHaveLength(attempt));
      if (attempt === 3) break;
      await eventually(async () => {
        await tasks.expireLease(id);
        expect(tasks.started.filter((each) => each === id).length).toBeGreaterThan(attempt);
      });
    }
    const { error } = await reaches(id, { status: 'failed' });
    expect(error?.code).toBe('INTERNAL_ERROR');
    expect(JSON.stringify(error)).not.toContain('a fault of the test');
    expect(await tasksOf(owner)).toEqual({ used: 0, reserved: 0 });
  });

  it('is given up after its worker has died three times', async () => {
    const id = await tasks.submit(owner, endless);
    await eventually(async () => {
      await tasks.expireLease(id);
      expect(await statusOf(id)).toMatchObject({ status: 'failed', error: { code: 'WORKER_LOST' } });
    });
    expect(tasks.started.filter((each) => each === id)).toHaveLength(3);
    expect(await tasksOf(owner)).toEqual({ used: 0, reserved: 0 });
  });

  it('fails at its deadline', async () => {
    tasks.timeoutSeconds = 0.1;
    const id = await tasks.submit(owner, endless);
    const { error } = await reaches(id, { status: 'failed' });
    expect(error?.code).toBe('TASK_TIMEOUT');
  });

  it('fails if its results are too large', async () => {
    const id = await tasks.submit(owner, async () => ({ text: 'x'.repeat(5 * 1024 * 1024) }));
    const { error } = await reaches(id, { status: 'failed' });
    expect(error?.code).toBe('RESULT_TOO_LARGE');
  });

  it('never goes back in its progress', async () => {
    const id: string = await tasks.submit(owner, async (context) => {
      await context.progress(60, 'Nearly there.');
      // Progress is written at intervals.
      await eventually(async () => {
        await context.progress(10, 'Again.');
        expect((await statusOf(context.taskId)).progress_message).toBe('Again.');
      });
      return endless(context);
    });
    await reaches(id, { progress_message: 'Again.', progress: 60 });
    await owner.session.post(at(id, '/cancel'));
  });
});

describe('cancelling', () => {
  it('stops a running task, which counts', async () => {
    let reason: unknown;
    const id = await tasks.submit(owner, async (context) => {
      context.signal.addEventListener('abort', () => (reason = context.signal.reason));
      return endless(context);
    });
    await reaches(id, { status: 'running' });
    const { status, body } = await owner.session.post<Task>(at(id, '/cancel'));
    expect({ status, task: body.status }).toEqual({ status: 200, task: 'cancelled' });
    await eventually(() => expect(reason).toBeInstanceOf(Error));
    expect(await tasksOf(owner)).toEqual({ used: 1, reserved: 0 });
    expect((await owner.session.get(at(id, '/results'))).body.detail).toContain('was cancelled');
  });

  it('ends a task that has not started, which counts as none', async () => {
    const { open, work } = gate();
    const first = await tasks.submit(owner, work, { plan: 'basic' });
    await reaches(first, { status: 'running' });
    const second = await tasks.submit(owner, work, { plan: 'basic' });
    expect((await owner.session.post<Task>(at(second, '/cancel'))).body.status).toBe('cancelled');
    open();
    await reaches(first, { status: 'completed' });
    expect(tasks.started).not.toContain(second);
    expect(await tasksOf(owner)).toEqual({ used: 1, reserved: 0 });
  });

  it('changes nothing about a task that has ended, however often it is asked', async () => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    for (let time = 0; time < 2; time++) {
      const { status, body } = await owner.session.post<Task>(at(id, '/cancel'));
      expect({ status, task: body.status }).toEqual({ status: 200, task: 'completed' });
    }
  });

  it('ends once, whoever comes first', async () => {
    const { open, work } = gate();
    const id = await tasks.submit(owner, work);
    await reaches(id, { status: 'running' });
    open();
    await Promise.all(Array.from({ length: 5 }, () => owner.session.post(at(id, '/cancel'))));
    const events = await (await follow(id)).rest();
    expect(events.filter(({ event }) => event === 'completed' || event === 'cancelled')).toHaveLength(1);
    expect(await tasksOf(owner)).toEqual({ used: 1, reserved: 0 });
  });
});

describe('retrying', () => {
  it('submits a failed task again, as a new one', async () => {
    let attempts = 0;
    const work = async (): Promise<object> => {
      attempts += 1;
      if (attempts === 1) throw new TaskFailure('NO_DATA', 'There are no documents.');
      return { attempts };
    };
    const id = await tasks.submit(owner, work, { seconds: 30 });
    const { status, headers, body } = await owner.session.post<Task>(at(id, '/retry'), undefined, {
      headers: { prefer: 'wait=30' },
    });
    expect({ status, task: body.status }).toEqual({ status: 202, task: 'completed' });
    expect(headers.get('location')).toBe(at(body.task_id));
    expect(await statusOf(body.task_id)).toMatchObject({ retry_of: id, status: 'completed' });
    expect((await statusOf(id)).status).toBe('failed');
  });

  it('happens once per Idempotency-Key', async () => {
    const id = await tasks.submit(owner, () => Promise.reject(new TaskFailure('NO_DATA', 'None.')), { seconds: 30 });
    const options = { headers: { 'idempotency-key': 'once' } };
    const first = await owner.session.post<Task>(at(id, '/retry'), undefined, options);
    const second = await owner.session.post<Task>(at(id, '/retry'), undefined, options);
    expect(second.body.task_id).toBe(first.body.task_id);
    expect(second.headers.get('location')).toBe(at(first.body.task_id));
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  it('is refused for a task that has not failed', async () => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    const { status, body } = await owner.session.post(at(id, '/retry'));
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'CONFLICT' });
  });
});

describe('the list', () => {
  it('filters by status, type and time', async () => {
    const done = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    const failed = await tasks.submit(owner, () => Promise.reject(new TaskFailure('A', 'B.')), { seconds: 30 });
    const list = async (query: string): Promise<string[]> => {
      const { body } = await owner.session.get<{ data: Task[] }>(`/api/v1/tasks${query}`);
      return body.data.map(({ task_id }) => task_id);
    };
    expect(await list('')).toEqual([failed, done]);
    expect(await list('?status=failed')).toEqual([failed]);
    expect(await list('?type=scripted&status=completed')).toEqual([done]);
    expect(await list('?type=other')).toEqual([]);
    expect(await list('?created_after=2000-01-01T00:00:00Z')).toEqual([failed, done]);
    expect(await list('?created_after=2999-01-01T00:00:00Z')).toEqual([]);
    expect(await list('?limit=1')).toEqual([failed]);
  });

  it.each(['?status=done', '?created_after=yesterday', '?limit=0', `?type=${'x'.repeat(51)}`])(
    'rejects "%s" with 422',
    async (query) => {
      expect((await owner.session.get(`/api/v1/tasks${query}`)).status).toBe(422);
    },
  );
});

describe('the stream of a task', () => {
  it('tells each step as it happens, and ends with the task', async () => {
    const { open, work } = gate();
    const id = await tasks.submit(owner, async (context) => {
      await context.progress(50, 'Half of it.');
      return work(context);
    });
    const reader = await follow(id);
    expect(await reader.next()).toMatchObject({ id: '1', event: 'submitted', data: { status: 'submitted' } });
    expect(await reader.next()).toMatchObject({ id: '2', event: 'started', data: { status: 'running' } });
    expect(await reader.next()).toMatchObject({
      id: '3',
      event: 'progress',
      data: { task_id: id, status: 'running', progress: 50, message: 'Half of it.' },
    });
    open();
    expect(await reader.rest()).toMatchObject([{ id: '4', event: 'completed', data: { progress: 100 } }]);
  });

  it('continues after the last event received, and replays what was missed', async () => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    expect((await (await follow(id, '1')).rest()).map(({ event }) => event)).toEqual(['started', 'completed']);
    expect((await (await follow(id, '2')).rest()).map(({ event }) => event)).toEqual(['completed']);
    expect((await owner.session.get(at(id, '/events'), { headers: { 'last-event-id': '3' } })).status).toBe(204);
  });

  it.each(['4', 'abc', '-1', '1.5', '99999999999', '1;DROP'])('rejects the id "%s" with 400', async (lastEventId) => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    const { status, body } = await owner.session.get(at(id, '/events'), { headers: { 'last-event-id': lastEventId } });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
  });

  it('ends when its task is deleted with the organization', async () => {
    const id = await tasks.submit(owner, endless);
    const reader = await follow(id);
    await reader.next();
    await app.database.query('DELETE FROM tasks WHERE id = $1', [id]);
    await expect(reader.rest()).resolves.toBeInstanceOf(Array);
  });
});

describe('turns', () => {
  it('let a single task pass the many of another organization', async () => {
    const before = tasks.started.length;
    const { open, work } = gate();
    const many = await Promise.all(Array.from({ length: 30 }, () => tasks.submit(owner, work)));
    await eventually(() => expect(tasks.started.length - before).toBe(4));
    const single = await tasks.submit(stranger, async () => ({}));
    open();
    await eventually(() => expect(tasks.started.length - before).toBe(many.length + 1));
    // Each of the four slots may have begun one task before the single one was there.
    expect(tasks.started.indexOf(single) - before).toBeLessThan(9);
    for (const id of many) await reaches(id, { status: 'completed' });
  });

  it('never run more tasks of an organization than its plan allows, but always as many', async () => {
    let running = 0;
    let most = 0;
    const { open, work } = gate();
    const ids = await Promise.all(
      Array.from({ length: 8 }, () =>
        tasks.submit(
          owner,
          async (context) => {
            running += 1;
            most = Math.max(most, running);
            await work(context);
            running -= 1;
            return {};
          },
          { plan: 'pro' },
        ),
      ),
    );
    await eventually(() => expect(running).toBe(2));
    open();
    for (const id of ids) await reaches(id, { status: 'completed' });
    expect(most).toBe(2);
  });

  it('run more of the waiting tasks at once when the plan changes', async () => {
    const operator = await register(app.client);
    await app.database.query('UPDATE users SET is_superuser = true WHERE id = $1', [operator.userId]);
    const { open, work } = gate();
    const ids = [
      await tasks.submit(owner, work, { plan: 'basic' }),
      await tasks.submit(owner, work, { plan: 'basic' }),
    ];
    await reaches(ids[0] as string, { status: 'running' });
    const { body } = await app.client.post<{ access_token: string }>('/auth/login', {
      email: operator.email,
      password: PASSWORD,
    });
    const path = `/api/v1/admin/organizations/${owner.organizationId}`;
    expect((await app.client.as(body.access_token).patch(path, { plan: 'pro' })).status).toBe(200);
    await reaches(ids[1] as string, { status: 'running' });
    open();
    for (const id of ids) await reaches(id, { status: 'completed' });
  });

  it('run the tasks of a higher plan first', async () => {
    const { open, work } = gate();
    const first = await tasks.submit(owner, work, { plan: 'basic' });
    await reaches(first, { status: 'running' });
    const later = await tasks.submit(owner, async () => ({}), { plan: 'basic' });
    const urgent = await tasks.submit(owner, async () => ({}), { plan: 'premium' });
    open();
    for (const id of [later, urgent]) await reaches(id, { status: 'completed' });
    expect(tasks.started.indexOf(urgent)).toBeLessThan(tasks.started.indexOf(later));
  });

  it('go on if the job of a task is lost', async () => {
    const { open, work } = gate();
    const id = await tasks.submit(owner, work);
    await reaches(id, { status: 'running' });
    // As after a flush of Redis: nothing wakes the worker.
    await app.database.query(`UPDATE tasks SET status = 'submitted', holder = NULL, lease_until = NULL WHERE id = $1`, [
      id,
    ]);
    await app.database.query(`UPDATE task_turns SET is_waiting = true`);
    await eventually(() => expect(tasks.started.filter((each) => each === id)).toHaveLength(2));
    open();
    await reaches(id, { status: 'completed' });
  });
});

describe('the end of results', () => {
  it('answers 410 with the time of their deletion', async () => {
    const id = await tasks.submit(owner, async () => ({ answer: 42 }), { seconds: 30 });
    await app.database.query(`UPDATE tasks SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
    await eventually(async () => {
      const { status, body } = await owner.session.get(at(id, '/results'));
      expect({ status, code: body.code }).toEqual({ status: 410, code: 'GONE' });
    });
    expect(await statusOf(id)).toMatchObject({ status: 'completed', result_available: false });
    expect((await owner.session.get(at(id, '/events'))).status).toBe(410);
    const kept = await app.database.query('SELECT FROM task_results WHERE task_id = $1', [id]);
    expect(kept).toEqual([]);
  });

  it('comes after as many days as the plan provides', async () => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    const [row] = await app.database.query<{ days: number }>(
      `SELECT extract(day FROM expires_at - completed_at)::int AS days FROM tasks WHERE id = $1`,
      [id],
    );
    expect(row?.days).toBe(7);
  });
});

it('are counted in the metrics of a process that serves requests', async () => {
  const { open, work } = gate();
  const id = await tasks.submit(owner, work);
  await reaches(id, { status: 'running' });
  const { body } = await app.client.get<string>('/metrics');
  expect(body).toMatch(/^tasks_running\{type="scripted"\} [1-9]/m);
  expect(body).toMatch(/^tasks_waiting\{type="scripted"\} 0$/m);
  open();
  await reaches(id, { status: 'completed' });
});

describe('an organization that is closed', () => {
  it('has its tasks cancelled', async () => {
    let aborted = false;
    const id = await tasks.submit(owner, (context) => {
      context.signal.addEventListener('abort', () => (aborted = true));
      return endless(context);
    });
    await reaches(id, { status: 'running' });
    const { name } = (await owner.session.get<{ name: string }>('/api/v1/organizations/me')).body;
    expect((await owner.session.call('DELETE', '/api/v1/organizations/me', { body: { name } })).status).toBe(204);
    await eventually(async () => {
      const [row] = await app.database.query<{ status: string }>('SELECT status FROM tasks WHERE id = $1', [id]);
      expect(row?.status).toBe('cancelled');
    });
    await eventually(() => expect(aborted).toBe(true));
  });
});

describe('others', () => {
  const PATHS = ['', '/status', '/results', '/events'];

  it('get 404 for the tasks of another organization, as for none', async () => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    for (const path of PATHS) {
      for (const each of [id, NO_ID]) expect((await stranger.session.get(at(each, path))).status).toBe(404);
    }
    for (const path of ['/cancel', '/retry']) {
      for (const each of [id, NO_ID]) expect((await stranger.session.post(at(each, path))).status).toBe(404);
    }
    expect((await stranger.session.get<{ data: Task[] }>('/api/v1/tasks?status=completed')).status).toBe(200);
  });

  it('get 401 without a credential, and 403 without the scope', async () => {
    const id = await tasks.submit(owner, async () => ({}), { seconds: 30 });
    const writer = await withKey(owner.session, ['tasks:write']);
    const reader = await withKey(owner.session, ['tasks:read']);
    for (const path of PATHS) {
      expect((await app.client.get(at(id, path))).status).toBe(401);
      expect((await writer.get(at(id, path))).body.code).toBe('INSUFFICIENT_SCOPE');
    }
    for (const path of ['/cancel', '/retry'])
      expect((await reader.post(at(id, path))).body.code).toBe('INSUFFICIENT_SCOPE');
    expect((await reader.get(at(id))).status).toBe(200);
  });

  it('get 404 for an id that is none', async () => {
    expect((await owner.session.get(at('no-id', '/status'))).status).toBe(404);
  });
});
