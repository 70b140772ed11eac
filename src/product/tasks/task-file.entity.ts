import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import { Task } from './task.entity.js';

const PRIMARY_KEY = 'task_files_pkey';

/** Formats of files; their names end in the key. */
export const FILE_TYPES = {
  csv: 'text/csv',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  html: 'text/html',
  json: 'application/json',
  md: 'text/markdown',
  pdf: 'application/pdf',
  svg: 'image/svg+xml',
} as const;
export type FileType = (typeof FILE_TYPES)[keyof typeof FILE_TYPES];

/** A file beside the results of a task. */
@Entity('task_files')
@Index('task_files_task', ['taskId'])
export class TaskFile {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: PRIMARY_KEY })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'task_files_organization_id_fkey' })
  organizationId: string;

  @PrimaryColumn('uuid', { name: 'task_id', primaryKeyConstraintName: PRIMARY_KEY })
  @ForeignKey(() => Task, { onDelete: 'CASCADE', name: 'task_files_task_id_fkey' })
  taskId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: PRIMARY_KEY })
  name: string;

  @Column('text', { name: 'content_type' })
  contentType: FileType;

  @Column('integer')
  bytes: number;

  @Column('bytea')
  content: Buffer;
}
