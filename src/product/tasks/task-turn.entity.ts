import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A budget whose tasks take turns with those of others. Whoever claims a task locks this row first, so that a budget never
 * runs more tasks than its plan allows.
 */
@Entity('task_turns')
@Index('task_turns_waiting', ['lastTurnAt'], { where: 'is_waiting' })
export class TaskTurn {
  @PrimaryColumn('uuid', { name: 'budget_id', primaryKeyConstraintName: 'task_turns_pkey' })
  budgetId: string;

  /** Tasks that may run at the same time; null is unlimited. */
  @Column('integer', { nullable: true })
  concurrency: number | null;

  /** False if nothing can be claimed until a task is submitted, given back or lost. */
  @Column('boolean', { name: 'is_waiting', default: true })
  isWaiting: boolean;

  @Column('timestamptz', { name: 'last_turn_at', default: () => 'now()' })
  lastTurnAt: Date;
}
