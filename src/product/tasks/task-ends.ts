import { Injectable } from '@nestjs/common';
import { PlansService } from '../../metering/plans/index.js';
import { QuotasService } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import { Events } from '../../platform/events/index.js';
import { TaskChanges } from './task-changes.js';
import { TaskFilesRepository, type FileContent } from './task-files.repository.js';
import type { Task, TaskError } from './task.entity.js';
import type { tasksEvents } from './tasks.events.js';
import { TasksRepository } from './tasks.repository.js';

export type Outcome =
  | { status: 'completed'; content: string; files: FileContent[] }
  /** `isOurs`: the quota is given back. */
  | { status: 'failed'; error: TaskError; isOurs: boolean }
  | { status: 'cancelled' };

const MESSAGES: Record<Outcome['status'], string> = {
  completed: 'The results are available.',
  failed: 'The task failed.',
  cancelled: 'The task was cancelled.',
};

/** The one way in which tasks end: once, with their result, event and quota in one transaction. */
@Injectable()
export class TaskEnds {
  constructor(
    private readonly database: Database,
    private readonly tasks: TasksRepository,
    private readonly files: TaskFilesRepository,
    private readonly plans: PlansService,
    private readonly quotas: QuotasService,
    private readonly events: Events<typeof tasksEvents>,
    private readonly changes: TaskChanges,
  ) {}

  /**
   * Ends a task, in the open shared transaction if there is one.
   * @param holder the run that ends it; undefined for anybody else
   * @returns false if it has ended, or if another run holds it
   */
  async end(organizationId: string, id: string, outcome: Outcome, holder?: string): Promise<boolean> {
    return this.database.inSharedTransaction(async () => {
      const task = await this.database.asTenant(organizationId, () => this.tasks.findLocked(id));
      if (!task || !isOpen(task) || (holder !== undefined && task.holder !== holder)) return false;
      const { taskRetentionDays: retentionDays } = await this.plans.get(task.plan);
      await this.database.asTenant(organizationId, async () => {
        if (outcome.status === 'completed') {
          await this.tasks.insertResult(organizationId, id, outcome.content);
          await this.files.insert(organizationId, id, outcome.files);
        }
        const error = outcome.status === 'failed' ? { error: outcome.error } : {};
        const message = outcome.status === 'failed' ? outcome.error.message : MESSAGES[outcome.status];
        await this.tasks.end(id, { status: outcome.status, message, retentionDays, ...error });
        await this.record(task, outcome);
        this.database.afterCommit(() => this.changes.tellEnd(id));
      });
      await this.settle(task, outcome);
      return true;
    });
  }

  private record(task: Task, outcome: Outcome): Promise<void> {
    const subject = task.id;
    const payload = { task_type: task.type, title: task.title, user_id: task.userId };
    switch (outcome.status) {
      case 'completed':
        return this.events.record({ type: 'task.completed', subject, payload });
      case 'failed':
        return this.events.record({ type: 'task.failed', subject, payload: { ...payload, error: outcome.error } });
      case 'cancelled':
        return this.events.record({ type: 'task.cancelled', subject, payload });
      default:
        return outcome satisfies never;
    }
  }

  /** Work that never began, and work that failed through our fault, counts as none. */
  private async settle(task: Task, outcome: Outcome): Promise<void> {
    const isFree =
      (outcome.status === 'cancelled' && task.startedAt === null) || (outcome.status === 'failed' && outcome.isOurs);
    const { id, budgetId: organizationId, billingOrganizationId } = task;
    const plan = await this.plans.get(task.plan);
    await this.quotas.settleKept({ organizationId, billingOrganizationId, plan }, id, { tasks: isFree ? 0 : 1 });
  }
}

export const isOpen = ({ status }: Pick<Task, 'status'>): boolean => status === 'submitted' || status === 'running';
