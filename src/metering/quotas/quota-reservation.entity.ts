import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Amounts reserved for one piece of work, until it is settled or its lease expires. */
@Entity('quota_reservations')
@Index('quota_reservations_lease', ['leaseUntil'])
export class QuotaReservation {
  /** As in quota_months. */
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'quota_reservations_pkey' })
  organizationId: string;

  /** Id of the work, such as an answer or a task. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'quota_reservations_pkey' })
  id: string;

  /** First day of the month that pays for it. */
  @Column('date')
  month: string;

  @Column('bigint')
  tokens: string;

  /** Counts as used if the lease expires before the work is settled, because the work had probably started. */
  @Column('bigint', { name: 'tokens_if_lost', default: 0 })
  tokensIfLost: string;

  @Column('bigint')
  messages: string;

  @Column('bigint')
  tasks: string;

  @Column('timestamptz', { name: 'lease_until' })
  leaseUntil: Date;
}
