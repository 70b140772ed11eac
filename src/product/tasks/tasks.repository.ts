import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { smallestIdAt } from '../../platform/paging/index.js';
import { TaskEvent, type TaskEventName } from './task-event.entity.js';
import { Task, type TaskError, type TaskStatus } from './task.entity.js';

/** What is known of a task when it is submitted. */
export type NewTask = Pick<
  Task,
  | 'id'
  | 'organizationId'
  | 'budgetId'
  | 'billingOrganizationId'
  | 'plan'
  | 'userId'
  | 'type'
  | 'title'
  | 'input'
  | 'priority'
  | 'retryOf'
  | 'createdAt'
>;

export interface TaskFilter {
  status?: TaskStatus | undefined;
  type?: string | undefined;
  createdAfter?: Date | undefined;
}

/** How a task ends. */
export interface TaskEnd {
  status: 'completed' | 'failed' | 'cancelled';
  message: string;
  error?: TaskError;
  /** Days until its results are deleted; null keeps them. */
  retentionDays: number | null;
}

const OPEN = `status IN ('submitted', 'running')`;

/** SQL: adds an event to the stream of the task that the statement before, `changed`, has changed. */
const withEvent = (name: TaskEventName): string =>
  `INSERT INTO task_events (organization_id, task_id, position, name, progress, message)
   SELECT organization_id, id, last_event, '${name}', progress, progress_message FROM changed`;

const ADD_PROGRESS = withEvent('progress');
const ADD_END: Record<TaskEnd['status'], string> = {
  completed: withEvent('completed'),
  failed: withEvent('failed'),
  cancelled: withEvent('cancelled'),
};

/** The tasks of an organization, with the events of their streams. */
@Injectable()
export class TasksRepository {
  constructor(private readonly database: Database) {}

  async insert(task: NewTask): Promise<void> {
    await this.database.manager.insert(Task, { ...task, lastEvent: 1 });
    await this.database.execute(
      `INSERT INTO task_events (organization_id, task_id, position, name, progress) VALUES ($1, $2, 1, 'submitted', 0)`,
      [task.organizationId, task.id],
    );
  }

  async find(id: string): Promise<Task | undefined> {
    const [task] = await this.database.select(Task, 'WHERE id = $1', [id]);
    return task;
  }

  /** Reads a task and locks it until the transaction ends. */
  async findLocked(id: string): Promise<Task | undefined> {
    const [task] = await this.database.select(Task, 'WHERE id = $1 FOR UPDATE', [id]);
    return task;
  }

  list({ status, type, createdAfter }: TaskFilter, limit: number, beforeId: string): Promise<FoundPage<Task>> {
    const after = createdAfter ? smallestIdAt(createdAfter) : undefined;
    const conditions = [
      ['id < ', beforeId],
      ['status = ', status],
      ['type = ', type],
      ['id >= ', after],
    ].filter((condition) => condition[1] !== undefined);
    const where = conditions.map(([condition], index) => `${condition}$${index + 1}`).join(' AND ');
    return this.database.selectPage(
      Task,
      `WHERE ${where} ORDER BY id DESC`,
      conditions.map(([, value]) => value),
      limit,
    );
  }

  /** Tasks that have not ended, of an organization and its sandbox. In the platform scope. */
  listOpenOf(billingOrganizationId: string, limit: number): Promise<Pick<Task, 'id' | 'organizationId'>[]> {
    return this.database.query(
      `SELECT id, organization_id AS "organizationId" FROM tasks WHERE billing_organization_id = $1 AND ${OPEN} LIMIT $2`,
      [billingOrganizationId, limit],
    );
  }

  /** Saves the progress of a run. Returns false if the task is no longer its. */
  async saveProgress(id: string, holder: string, percent: number, message: string): Promise<boolean> {
    const saved = await this.database.execute(
      `WITH changed AS (
         UPDATE tasks SET progress = greatest(progress, $3), progress_message = $4, last_event = last_event + 1
         WHERE id = $1 AND holder = $2 AND status = 'running' RETURNING *
       ) ${ADD_PROGRESS}`,
      [id, holder, percent, message],
    );
    return saved === 1;
  }

  /** Ends an open task. Returns false if it has ended. */
  async end(id: string, { status, message, error, retentionDays }: TaskEnd): Promise<boolean> {
    const ended = await this.database.execute(
      `WITH changed AS (
         UPDATE tasks SET status = $2, progress_message = $3, error = $4, completed_at = now(), holder = NULL,
           lease_until = NULL, last_event = last_event + 1, expires_at = now() + make_interval(days => $5::int),
           progress = CASE $2 WHEN 'completed' THEN 100 ELSE progress END
         WHERE id = $1 AND ${OPEN} RETURNING *
       ) ${ADD_END[status]}`,
      [id, status, message, error ? JSON.stringify(error) : null, retentionDays],
    );
    return ended === 1;
  }

  async insertResult(organizationId: string, taskId: string, content: string): Promise<void> {
    await this.database.execute(`INSERT INTO task_results (organization_id, task_id, content) VALUES ($1, $2, $3)`, [
      organizationId,
      taskId,
      content,
    ]);
  }

  async findResult(taskId: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ content: string }>(
      `SELECT content FROM task_results WHERE task_id = $1`,
      [taskId],
    );
    return row?.content;
  }

  listEvents(taskId: string, after: number, limit: number): Promise<TaskEvent[]> {
    return this.database.select(TaskEvent, 'WHERE task_id = $1 AND position > $2 ORDER BY position LIMIT $3', [
      taskId,
      after,
      limit,
    ]);
  }

  /** Seconds that the latest tasks of a type took, shortest first. In the platform scope. */
  async recentDurations(type: string, count: number): Promise<number[]> {
    const rows = await this.database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM completed_at - started_at)::float8 AS seconds FROM tasks
       WHERE type = $1 AND status = 'completed' ORDER BY completed_at DESC LIMIT $2`,
      [type, count],
    );
    return rows.map(({ seconds }) => seconds).sort((a, b) => a - b);
  }

  /** Deletes results and events whose time is over. Returns the number of tasks. In the platform scope. */
  async expire(limit: number): Promise<number> {
    return this.database.execute(
      `WITH expired AS (
         SELECT id, organization_id FROM tasks WHERE expires_at <= now() AND NOT is_expired
         ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
       ), results AS (
         DELETE FROM task_results WHERE task_id IN (SELECT id FROM expired)
       ), files AS (
         DELETE FROM task_files WHERE (organization_id, task_id) IN (SELECT organization_id, id FROM expired)
       ), events AS (
         DELETE FROM task_events WHERE (organization_id, task_id) IN (SELECT organization_id, id FROM expired)
       )
       UPDATE tasks SET is_expired = true WHERE id IN (SELECT id FROM expired)`,
      [limit],
    );
  }
}
