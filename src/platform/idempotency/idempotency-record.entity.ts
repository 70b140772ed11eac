import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** One request that was made under an idempotency key, and its answer. */
@Entity('idempotency_records')
@Index('idempotency_records_expiry', ['expiresAt'])
export class IdempotencyRecord {
  /** The nil UUID for callers without a credential. */
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'idempotency_records_pkey' })
  organizationId: string;

  /** HMAC of the caller's key. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_records_pkey' })
  key: string;

  /** HMAC of method, address and body: what makes it the same request. */
  @Column('text')
  fingerprint: string;

  /** Who works on it, for work that takes longer than a transaction; it may be taken over after `leaseUntil`. */
  @Column('uuid', { nullable: true })
  holder: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  /** What the work has made so far: whoever takes it over goes on from there. */
  @Column('jsonb', { nullable: true })
  progress: object | null;

  /** Null while it runs. */
  @Column('integer', { nullable: true })
  status: number | null;

  @Column('jsonb', { nullable: true })
  headers: object | null;

  @Column('text', { name: 'encrypted_body', nullable: true })
  encryptedBody: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
