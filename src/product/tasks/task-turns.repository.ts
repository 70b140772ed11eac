import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { extendStatement, LEASE_IS_FREE, leaseUntil } from '../../platform/leases/index.js';
import type { Task } from './task.entity.js';

/** One run of a task. */
export interface TaskLease {
  id: string;
  organizationId: string;
  budgetId: string;
  holder: string;
}

export type ClaimedTask = TaskLease & Pick<Task, 'type' | 'input' | 'attempts' | 'plan' | 'billingOrganizationId'>;

/** Tasks of one type that have not ended. */
export interface OpenTasks {
  type: string;
  waiting: number;
  running: number;
  oldestSeconds: number;
}

const EXTEND = extendStatement('tasks', { organization_id: 'uuid', id: 'uuid', holder: 'uuid' });

const CAN_BE_CLAIMED = `status IN ('submitted', 'running') AND ${LEASE_IS_FREE}`;
const RUNS = `status = 'running' AND lease_until > now()`;
/** Of the budget `t`. */
const HAS_TURN = `is_waiting AND (concurrency IS NULL OR concurrency > (
  SELECT count(*) FROM tasks r WHERE r.budget_id = t.budget_id AND r.${RUNS}))`;

/**
 * The turns of budgets. A claim locks the row of a budget before it looks at its tasks, and a submission writes that row
 * before it commits, so that no task is overlooked.
 */
@Injectable()
export class TaskTurnsRepository {
  constructor(private readonly database: Database) {}

  /** Enters a budget into the order of turns. In the scope of the budget, at the end of a transaction. */
  async enter(budgetId: string, concurrency: number | null): Promise<void> {
    await this.database.execute(
      `INSERT INTO task_turns (budget_id, concurrency) VALUES ($1, $2)
       ON CONFLICT (budget_id) DO UPDATE SET is_waiting = true, concurrency = $2`,
      [budgetId, concurrency],
    );
  }

  /** Another number of tasks at the same time, for the open tasks that an organization pays for. In the platform scope. */
  async setConcurrency(billingOrganizationId: string, concurrency: number | null): Promise<void> {
    await this.database.execute(
      `UPDATE task_turns SET concurrency = $2 WHERE budget_id IN (
         SELECT budget_id FROM tasks WHERE billing_organization_id = $1 AND status IN ('submitted', 'running')
       )`,
      [billingOrganizationId, concurrency],
    );
  }

  /**
   * Claims a task for a run: the first one of the budget whose turn is longest ago. In the platform scope.
   * @returns `none` if no budget has a task that may run now, `again` if the budget found has none any more, or none of
   *   these types, or if others hold all that have one
   */
  async claim(holder: string, types: string[], seconds: number): Promise<ClaimedTask | 'none' | 'again'> {
    const [turn] = await this.database.query<{ budgetId: string; concurrency: number | null }>(
      `SELECT budget_id AS "budgetId", concurrency FROM task_turns t
       WHERE ${HAS_TURN} ORDER BY last_turn_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    );
    if (!turn) return (await this.hasTurns()) ? 'again' : 'none';
    const { budgetId, concurrency } = turn;
    // A statement of its own: it sees what was committed before the lock.
    const [task] = await this.database.query<Omit<ClaimedTask, 'budgetId' | 'holder'>>(
      `WITH next AS (
         SELECT id FROM tasks WHERE budget_id = $1 AND ${CAN_BE_CLAIMED} AND type = ANY($2)
         ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
       ), changed AS (
         UPDATE tasks SET status = 'running', holder = $3, lease_until = ${leaseUntil('$4')}, attempts = attempts + 1,
           started_at = coalesce(started_at, now()), last_event = last_event + 1
         WHERE id = (SELECT id FROM next)
           AND ($5::int IS NULL OR $5 > (SELECT count(*) FROM tasks WHERE budget_id = $1 AND ${RUNS}))
         RETURNING *
       ), event AS (
         INSERT INTO task_events (organization_id, task_id, position, name, progress, message)
         SELECT organization_id, id, last_event, 'started', progress, progress_message FROM changed
       )
       SELECT id, organization_id AS "organizationId", billing_organization_id AS "billingOrganizationId", plan, type,
              input, attempts
       FROM changed`,
      [budgetId, types, holder, seconds, concurrency],
    );
    await this.database.execute(
      `UPDATE task_turns SET last_turn_at = clock_timestamp(),
         is_waiting = EXISTS (SELECT FROM tasks WHERE budget_id = $1 AND ${CAN_BE_CLAIMED})
       WHERE budget_id = $1`,
      [budgetId],
    );
    return task ? { ...task, budgetId, holder } : 'again';
  }

  private async hasTurns(): Promise<boolean> {
    const turns = await this.database.query(`SELECT 1 FROM task_turns t WHERE ${HAS_TURN} LIMIT 1`);
    return turns.length > 0;
  }

  /** Gives a task back, to be claimed again after some seconds. In the platform scope. */
  async giveBack(
    { id, budgetId, holder }: TaskLease,
    { afterSeconds, isAttempt }: { afterSeconds: number; isAttempt: boolean },
  ): Promise<void> {
    const givenBack = await this.database.execute(
      `UPDATE tasks SET holder = NULL, lease_until = ${leaseUntil('$3')}, attempts = attempts - $4
       WHERE id = $1 AND holder = $2`,
      [id, holder, afterSeconds, isAttempt ? 0 : 1],
    );
    if (givenBack && afterSeconds === 0) await this.wake([budgetId]);
  }

  /** Returns the positions of the leases still held. In the platform scope. */
  async extend(leases: TaskLease[], seconds: number): Promise<number[]> {
    const rows = await this.database.query<{ position: number }>(EXTEND, [
      seconds,
      leases.map(({ organizationId }) => organizationId),
      leases.map(({ id }) => id),
      leases.map(({ holder }) => holder),
    ]);
    return rows.map(({ position }) => position);
  }

  /** Lets budgets take turns again that have tasks of dead workers, and tasks that wait for another try. In the platform scope. */
  async wakeLost(): Promise<void> {
    const lost = await this.database.query<{ budgetId: string }>(
      `SELECT DISTINCT budget_id AS "budgetId" FROM tasks WHERE status = 'running' AND lease_until <= now()`,
    );
    if (lost.length > 0) await this.wake(lost.map(({ budgetId }) => budgetId));
  }

  /** How many budgets wait for a turn, up to a limit. In the platform scope. */
  async countWaiting(limit: number): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (SELECT FROM task_turns WHERE is_waiting LIMIT $1) waiting`,
      [limit],
    );
    return row?.count ?? 0;
  }

  /** Tasks that have not ended, by type. In the platform scope. */
  countOpen(): Promise<OpenTasks[]> {
    return this.database.query<OpenTasks>(
      `SELECT type, count(*) FILTER (WHERE status = 'submitted')::int AS waiting,
              count(*) FILTER (WHERE status = 'running')::int AS running,
              coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'submitted')), 0)::float8
                AS "oldestSeconds"
       FROM tasks WHERE status IN ('submitted', 'running') GROUP BY type`,
    );
  }

  private async wake(budgetIds: string[]): Promise<void> {
    await this.database.execute(
      'UPDATE task_turns SET is_waiting = true WHERE budget_id = ANY($1) AND NOT is_waiting',
      [budgetIds],
    );
  }
}
