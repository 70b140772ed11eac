import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Event } from './event.entity.js';

/** One delivery of an event to one subscriber. This ledger survives a loss of Redis. */
@Entity('event_deliveries')
@Index('event_deliveries_pending', ['dueAt'], { where: 'completed_at IS NULL' })
export class EventDelivery {
  @PrimaryColumn('uuid', { name: 'event_id', primaryKeyConstraintName: 'event_deliveries_pkey' })
  @ForeignKey(() => Event, { onDelete: 'CASCADE', name: 'event_deliveries_event_id_fkey' })
  eventId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'event_deliveries_pkey' })
  subscriber: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column('integer', { default: 0 })
  attempts: number;

  /** When the sweep queues it again, in case its job is lost. */
  @Column('timestamptz', { name: 'due_at' })
  dueAt: Date;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt: Date | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError: string | null;
}
