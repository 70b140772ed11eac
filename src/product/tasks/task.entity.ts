import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import { User } from '../../identity/users/index.js';

export const TASK_STATUSES = ['submitted', 'running', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** Why a task failed, for the person who submitted it. */
export interface TaskError {
  code: string;
  message: string;
}

/**
 * A piece of background work. While a worker runs it, `holder` names the run; after `leaseUntil` another run may take it
 * over.
 */
@Entity('tasks')
@Index('tasks_organization', ['organizationId', 'id'])
@Index('tasks_organization_status', ['organizationId', 'status', 'id'])
@Index('tasks_organization_type', ['organizationId', 'type', 'id'])
@Index('tasks_user', ['userId'], { where: 'user_id IS NOT NULL' })
@Index('tasks_open', { synchronize: false })
@Index('tasks_open_of_payer', ['billingOrganizationId'], { where: "status IN ('submitted', 'running')" })
@Index('tasks_durations', { synchronize: false })
@Index('tasks_expiring', ['expiresAt'], { where: 'expires_at IS NOT NULL AND NOT is_expired' })
export class Task {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'tasks_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'tasks_organization_id_fkey' })
  organizationId: string;

  /** Organizations with the same budget take one turn together. */
  @Column('uuid', { name: 'budget_id' })
  budgetId: string;

  @Column('uuid', { name: 'billing_organization_id' })
  billingOrganizationId: string;

  /** The plan when it was submitted. */
  @Column('text')
  plan: string;

  /** Who submitted it, if it was a person. */
  @Column('uuid', { name: 'user_id', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL', name: 'tasks_user_id_fkey' })
  userId: string | null;

  @Column('text')
  type: string;

  @Column('text')
  title: string;

  @Column('jsonb')
  input: object;

  @Column('text', { default: 'submitted' })
  status: TaskStatus;

  /** Higher ones run first among the tasks of a budget. */
  @Column('integer', { default: 0 })
  priority: number;

  @Column('integer', { default: 0 })
  progress: number;

  @Column('text', { name: 'progress_message', nullable: true })
  progressMessage: string | null;

  /** Position of the last event of its stream. */
  @Column('integer', { name: 'last_event', default: 0 })
  lastEvent: number;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('uuid', { nullable: true })
  holder: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  @Column('uuid', { name: 'retry_of', nullable: true })
  retryOf: string | null;

  @Column('jsonb', { nullable: true })
  error: TaskError | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt: Date | null;

  /** When its results and events are deleted; null before the end, and for a plan that keeps them forever. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  /** Whether its results have been deleted. */
  @Column('boolean', { name: 'is_expired', default: false })
  isExpired: boolean;
}
