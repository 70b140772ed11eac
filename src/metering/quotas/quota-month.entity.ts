import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Usage of a budget in a month (UTC), amounts reserved for running work, and the thresholds last notified. */
@Entity('quota_months')
export class QuotaMonth {
  /** The `budgetId` of callers. Not a foreign key, because it can outlive the organization with this id. */
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'quota_months_pkey' })
  organizationId: string;

  /** The first day of the month, YYYY-MM-DD. */
  @PrimaryColumn('date', { primaryKeyConstraintName: 'quota_months_pkey' })
  month: string;

  @Column('bigint', { name: 'tokens_used', default: 0 })
  tokensUsed: string;

  @Column('bigint', { name: 'tokens_reserved', default: 0 })
  tokensReserved: string;

  @Column('integer', { name: 'tokens_notified', default: 0 })
  tokensNotified: number;

  @Column('bigint', { name: 'messages_used', default: 0 })
  messagesUsed: string;

  @Column('bigint', { name: 'messages_reserved', default: 0 })
  messagesReserved: string;

  @Column('integer', { name: 'messages_notified', default: 0 })
  messagesNotified: number;

  @Column('bigint', { name: 'tasks_used', default: 0 })
  tasksUsed: string;

  @Column('bigint', { name: 'tasks_reserved', default: 0 })
  tasksReserved: string;

  @Column('integer', { name: 'tasks_notified', default: 0 })
  tasksNotified: number;
}
