import type { Principal } from '../../src/identity/permissions/index.js';
import { TaskRunner, TaskRunners, TasksService, type TaskContext } from '../../src/product/tasks/index.js';
import type { TestApp } from './app.js';
import type { Account } from './fixtures.js';

type Work = (context: TaskContext) => Promise<object>;

/** A type of task whose work each test determines. */
export class ScriptedTasks extends TaskRunner<{ script: string }> {
  readonly type = 'scripted';
  timeoutSeconds = 60;
  /** The tasks that have started, in order; those of dead or failed runs again. */
  readonly started: string[] = [];
  private readonly scripts = new Map<string, Work>();
  private count = 0;

  private constructor(private readonly app: TestApp) {
    super();
    app.nest.get(TaskRunners, { strict: false }).add(this);
  }

  static in(app: TestApp): ScriptedTasks {
    return new ScriptedTasks(app);
  }

  run({ script }: { script: string }, context: TaskContext): Promise<object> {
    this.started.push(context.taskId);
    return (this.scripts.get(script) as Work)(context);
  }

  /** Submits a task as a key of that account's organization. */
  async submit({ organizationId }: Account, work: Work, { seconds = 0, plan = 'free' } = {}): Promise<string> {
    const script = `script ${(this.count += 1)}`;
    this.scripts.set(script, work);
    const [organization] = await this.app.database.query<{ budgetId: string }>(
      `SELECT coalesce(budget_id, id) AS "budgetId" FROM organizations WHERE id = $1`,
      [organizationId],
    );
    const principal: Principal = {
      kind: 'api_key',
      organizationId,
      billingOrganizationId: organizationId,
      budgetId: organization?.budgetId as string,
      plan,
      scopes: new Set(),
      credentialId: organizationId,
      environment: 'live',
      keyLimits: [],
      ancestorIds: [],
      apiVersion: '2026-11-22',
    };
    const order = { type: this.type, title: script, input: { script } };
    const gone = new AbortController().signal;
    const { task_id } = await this.app.nest
      .get(TasksService, { strict: false })
      .submit(principal, order, { seconds, gone });
    return task_id;
  }

  /** Lets the lease of a running task expire, as if its worker had died. */
  async expireLease(taskId: string): Promise<void> {
    await this.app.database.query(`UPDATE tasks SET lease_until = now() - interval '1 second' WHERE id = $1`, [taskId]);
  }
}

/** Work that goes on until its signal aborts. */
export const endless: Work = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

/** A gate at which work waits until the test opens it. */
export function gate(): { open: () => void; work: Work } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    open,
    work: async ({ signal }) => {
      await Promise.race([opened, endless({ signal } as TaskContext)]);
      return { done: true };
    },
  };
}
