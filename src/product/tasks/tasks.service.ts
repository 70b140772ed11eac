import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { includesTier, userIdOf, type Principal, type Tier } from '../../identity/permissions/index.js';
import { QuotasService } from '../../metering/quotas/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { Idempotency } from '../../platform/idempotency/index.js';
import { newId } from '../../platform/ids/index.js';
import { cursorId, madeAt, toPage, type Page } from '../../platform/paging/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { EstimatedDuration } from './estimated-duration.js';
import { TaskChanges } from './task-changes.js';
import { isOpen, TaskEnds } from './task-ends.js';
import { TaskFilesRepository } from './task-files.repository.js';
import { TaskTurnsRepository } from './task-turns.repository.js';
import type { Task } from './task.entity.js';
import { SubmittedTaskDto, TaskDto, TaskWithInputDto, TaskResultsDto, type ListTasksQuery } from './tasks.dto.js';
import type { tasksEvents } from './tasks.events.js';
import { TASKS_QUEUE, type RunTask } from './tasks.queue.js';
import { TasksRepository } from './tasks.repository.js';

/** What a task shall do. */
export interface TaskOrder {
  type: string;
  title: string;
  input: object;
}

/** How long a request waits for the end of its task, and until when. */
export interface Wait {
  seconds: number;
  gone: AbortSignal;
}

/** Tasks of higher plans run first among those of the same budget. */
const PRIORITY_TIER: Tier = 'premium';

@Injectable()
export class TasksService {
  constructor(
    private readonly database: Database,
    private readonly tasks: TasksRepository,
    private readonly files: TaskFilesRepository,
    private readonly turns: TaskTurnsRepository,
    private readonly ends: TaskEnds,
    private readonly estimates: EstimatedDuration,
    private readonly quotas: QuotasService,
    private readonly idempotency: Idempotency,
    private readonly events: Events<typeof tasksEvents>,
    private readonly changes: TaskChanges,
    private readonly logger: Logger,
    @InjectQueue(TASKS_QUEUE) private readonly queue: Queue<RunTask>,
  ) {}

  /**
   * Accepts a task. Once this returns, the task reaches an end, whichever process dies.
   * @throws ApiError QUOTA_EXCEEDED
   */
  async submit(
    principal: Principal,
    order: TaskOrder,
    wait: Wait,
    retryOf: string | null = null,
  ): Promise<SubmittedTaskDto> {
    const estimate = await this.estimates.of(order.type);
    const earlier = this.idempotency.savedProgress<{ task_id: string }>();
    const id = earlier?.task_id ?? (await this.store(principal, order, retryOf));
    const task = wait.seconds > 0 ? await this.waitForEnd(principal, id, wait) : undefined;
    return SubmittedTaskDto.from(id, estimate, task);
  }

  list(principal: Principal, query: ListTasksQuery): Promise<Page<TaskDto>> {
    const before = cursorId(query);
    const { status, type, created_after: after, limit } = query;
    const filter = { status, type, createdAfter: after === undefined ? undefined : new Date(after) };
    return this.database.pipelineAsTenant(principal.organizationId, async () =>
      toPage(await this.tasks.list(filter, limit, before), (task) => TaskDto.from(task)),
    );
  }

  async get(principal: Principal, id: string): Promise<TaskWithInputDto> {
    return TaskWithInputDto.from(await this.read(principal, id));
  }

  async status(principal: Principal, id: string, wait: Wait): Promise<TaskDto> {
    return TaskDto.from(await this.waitForEnd(principal, id, wait));
  }

  /** @throws ApiError TASK_NOT_FINISHED, CONFLICT for a task without results, GONE for expired ones */
  results(principal: Principal, id: string): Promise<TaskResultsDto> {
    return this.database.asTenant(principal.organizationId, async () => {
      const task = await this.getCompleted(id);
      const content = await this.tasks.findResult(id);
      if (content === undefined) throw expired(task);
      const files = await this.files.list(id);
      return TaskResultsDto.from(task, JSON.parse(content) as object, files);
    });
  }

  /** A task with results, in the open scope. @throws ApiError as `results` */
  async getCompleted(id: string): Promise<Task> {
    const task = await this.getOrThrow(id);
    if (isOpen(task)) throw notFinished(task);
    if (task.status !== 'completed') throw withoutResults(task);
    if (task.isExpired) throw expired(task);
    return task;
  }

  /** Cancels a task that has not ended; does nothing to one that has. */
  async cancel(principal: Principal, id: string): Promise<TaskDto> {
    await this.read(principal, id);
    await this.ends.end(principal.organizationId, id, { status: 'cancelled' });
    return TaskDto.from(await this.read(principal, id));
  }

  /** Submits a failed or cancelled task again, as a new task. */
  async retry(principal: Principal, id: string, wait: Wait): Promise<SubmittedTaskDto> {
    const { status, type, title, input } = await this.read(principal, id);
    if (status !== 'failed' && status !== 'cancelled') throw notRetried(status);
    return this.submit(principal, { type, title, input }, wait, id);
  }

  private async store(principal: Principal, order: TaskOrder, retryOf: string | null): Promise<string> {
    const { organizationId, budgetId, billingOrganizationId, plan } = principal;
    const payer = await this.quotas.payerFor(principal);
    const id = newId();
    await this.database.inSharedTransaction(async () => {
      // The idempotency record belongs to no scope of a tenant.
      await this.idempotency.saveProgress({ task_id: id });
      await this.database.asTenant(organizationId, async () => {
        const userId = userIdOf(principal) ?? null;
        await this.tasks.insert({
          ...order,
          id,
          organizationId,
          budgetId,
          billingOrganizationId,
          plan,
          userId,
          priority: includesTier(plan, PRIORITY_TIER) ? 1 : 0,
          retryOf,
          createdAt: madeAt(id),
        });
        const payload = { task_type: order.type, title: order.title, user_id: userId };
        await this.events.record({ type: 'task.submitted', subject: id, payload });
      });
      await this.database.asTenant(budgetId, () => this.turns.enter(budgetId, payer.plan.concurrentTasks));
      await this.quotas.reserve(payer, id, { tasks: 1 }, { untilSettled: true });
      this.database.afterCommit(() => this.wakeWorker(id));
    });
    return id;
  }

  /** If the job does not reach Redis, the sweep of a worker finds the task. */
  private wakeWorker(id: string): void {
    this.queue
      .add({ id }, { jobId: id })
      .catch((error: unknown) => this.logger.warn({ err: error, id }, 'task not queued; the next sweep starts it'));
  }

  /** The task when it has ended, or after that time. */
  private async waitForEnd(principal: Principal, id: string, { seconds, gone }: Wait): Promise<Task> {
    const deadline = AbortSignal.any([gone, AbortSignal.timeout(seconds * 1000)]);
    for (;;) {
      const change = seconds > 0 ? this.changes.next(id, deadline) : undefined;
      const task = await this.read(principal, id);
      if (!isOpen(task) || deadline.aborted || !change) return task;
      await change;
    }
  }

  private read(principal: Principal, id: string): Promise<Task> {
    return this.database.asTenant(principal.organizationId, () => this.getOrThrow(id));
  }

  private async getOrThrow(id: string): Promise<Task> {
    const task = await this.tasks.find(id);
    if (!task) throw notFound('Task', id);
    return task;
  }
}

const notFinished = ({ status, progress }: Task): ApiError =>
  new ApiError('TASK_NOT_FINISHED', {
    detail:
      status === 'submitted'
        ? 'The task has not started yet. Request its results when its status is `completed`.'
        : `The task is running (${progress}%). Request its results when its status is \`completed\`.`,
    retryAfterSeconds: 1,
  });

const withoutResults = ({ status, error }: Task): ApiError =>
  new ApiError('CONFLICT', {
    detail: error
      ? `The task failed and has no results. ${error.message}`
      : `The task was ${status} and has no results. To run it again, use \`POST /api/v1/tasks/{id}/retry\`.`,
  });

const expired = ({ expiresAt }: Task): ApiError =>
  new ApiError('GONE', {
    detail: `The results were deleted at ${expiresAt?.toISOString()}, as the plan provides. Submit the task again.`,
  });

const notRetried = (status: string): ApiError =>
  new ApiError('CONFLICT', {
    detail: `The task is ${status}. Only a failed or cancelled task can be retried.`,
  });
