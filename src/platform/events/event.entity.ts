import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** Something that happened, written in the transaction of the change. */
@Entity('events')
@Index('events_organization', ['organizationId', 'id'])
@Index('events_unrelayed', ['id'], { where: 'relayed_at IS NULL' })
export class Event {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'events_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  organizationId: string;

  @Column('text')
  type: string;

  /** Id of the resource that changed. */
  @Column('uuid')
  subject: string;

  @Column('jsonb', { default: {} })
  payload: object;

  @Column('text', { name: 'request_id', nullable: true })
  requestId: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** When its deliveries were created. */
  @Column('timestamptz', { name: 'relayed_at', nullable: true })
  relayedAt: Date | null;
}
