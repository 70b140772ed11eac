import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import { Task } from './task.entity.js';

/** What a task has found. Apart from its task, which is read much more often. */
@Entity('task_results')
@Index('task_results_organization', ['organizationId'])
export class TaskResult {
  @PrimaryColumn('uuid', { name: 'task_id', primaryKeyConstraintName: 'task_results_pkey' })
  @ForeignKey(() => Task, { onDelete: 'CASCADE', name: 'task_results_task_id_fkey' })
  taskId: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'task_results_organization_id_fkey' })
  organizationId: string;

  /** Text and not jsonb: it is returned as it was written. */
  @Column('text')
  content: string;
}
