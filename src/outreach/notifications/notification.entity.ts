import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import { User } from '../../identity/users/index.js';

@Entity('notifications')
@Index('notifications_organization', ['organizationId', 'id'])
@Index('notifications_user', ['userId'], { where: 'user_id IS NOT NULL' })
export class Notification {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'notifications_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'notifications_organization_id_fkey' })
  organizationId: string;

  /** The person it concerns; the whole organization when null. */
  @Column('uuid', { name: 'user_id', nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE', name: 'notifications_user_id_fkey' })
  userId: string | null;

  /** How to display it. */
  @Column('text')
  type: 'info' | 'success' | 'warning';

  @Column('text')
  title: string;

  @Column('text')
  message: string;

  @Column('jsonb', { default: {} })
  data: object;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** When the person it concerns read it. For the whole organization: all had read it, before each person had their own state. */
  @Column('timestamptz', { name: 'read_at', nullable: true })
  readAt: Date | null;

  /** When a program read one for the whole organization. */
  @Column('timestamptz', { name: 'read_by_programs_at', nullable: true })
  readByProgramsAt: Date | null;
}
