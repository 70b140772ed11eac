import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export interface AuditOrigin {
  ip: string | null;
  userAgent: string | null;
  salt: string;
}

/** Who did what to which target, and from where: one link of an organization's chain. */
@Entity('audit_log')
@Index('audit_log_chain', ['organizationId', 'sequence'], { unique: true })
@Index('audit_log_action', ['organizationId', 'action', 'id'])
@Index('audit_log_actor', ['organizationId', 'actorId', 'id'])
@Index('audit_log_target', ['organizationId', 'targetId', 'id'])
@Index('audit_log_origins', ['actorId'], { where: 'origin IS NOT NULL' })
export class AuditEntry {
  /** The nil UUID for entries that concern no organization. */
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'audit_log_pkey' })
  organizationId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'audit_log_pkey' })
  id: string;

  /** Position in the chain, from 1 without gaps. */
  @Column('bigint')
  sequence: string;

  @Column('text')
  action: string;

  @Column('text', { name: 'actor_kind' })
  actorKind: string;

  @Column('text', { name: 'actor_id', nullable: true })
  actorId: string | null;

  @Column('text', { name: 'target_type' })
  targetType: string;

  @Column('text', { name: 'target_id' })
  targetId: string;

  @Column('jsonb', { default: {} })
  details: object;

  /** IP address and user agent of the caller, with the salt of their digest; null when the person was erased. */
  @Column('jsonb', { nullable: true })
  origin: AuditOrigin | null;

  @Column('text', { name: 'origin_digest', nullable: true })
  originDigest: string | null;

  @Column('text', { name: 'request_id', nullable: true })
  requestId: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt: Date;

  /** HMAC-SHA-256 over the hash of the previous entry and all of the above except `origin`. */
  @Column('text')
  hash: string;
}
