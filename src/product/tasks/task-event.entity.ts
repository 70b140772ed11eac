import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import { Task } from './task.entity.js';

const PRIMARY_KEY = 'task_events_pkey';

export const TASK_EVENTS = ['submitted', 'started', 'progress', 'completed', 'failed', 'cancelled'] as const;
export type TaskEventName = (typeof TASK_EVENTS)[number];

/** One event of the stream of a task, stored so that a client can resume the stream anywhere. */
@Entity('task_events')
@Index('task_events_task', ['taskId'])
export class TaskEvent {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: PRIMARY_KEY })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'task_events_organization_id_fkey' })
  organizationId: string;

  @PrimaryColumn('uuid', { name: 'task_id', primaryKeyConstraintName: PRIMARY_KEY })
  @ForeignKey(() => Task, { onDelete: 'CASCADE', name: 'task_events_task_id_fkey' })
  taskId: string;

  /** From 1, without gaps. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: PRIMARY_KEY })
  position: number;

  @Column('text')
  name: TaskEventName;

  @Column('integer')
  progress: number;

  @Column('text', { nullable: true })
  message: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
