import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../../identity/organizations/index.js';
import { User } from '../../identity/users/index.js';
import { Notification } from './notification.entity.js';

const PRIMARY_KEY = 'notification_reads_pkey';

/** Records that a person has read a notification of the whole organization. */
@Entity('notification_reads')
@Index('notification_reads_user', ['userId'])
@Index('notification_reads_notification', ['notificationId'])
export class NotificationRead {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: PRIMARY_KEY })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'notification_reads_organization_id_fkey' })
  organizationId: string;

  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: PRIMARY_KEY })
  @ForeignKey(() => User, { onDelete: 'CASCADE', name: 'notification_reads_user_id_fkey' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'notification_id', primaryKeyConstraintName: PRIMARY_KEY })
  @ForeignKey(() => Notification, { onDelete: 'CASCADE', name: 'notification_reads_notification_id_fkey' })
  notificationId: string;

  @Column('timestamptz', { name: 'read_at', default: () => 'now()' })
  readAt: Date;
}
