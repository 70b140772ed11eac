import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** One request with an idempotency key, and its response. */
@Entity('idempotency_records')
@Index('idempotency_records_expiry', ['expiresAt'])
export class IdempotencyRecord {
  /** The nil UUID for callers without a credential. */
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'idempotency_records_pkey' })
  organizationId: string;

  /** HMAC of the idempotency key. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_records_pkey' })
  key: string;

  /** HMAC of method, path, version, caller and body: requests with equal fingerprints are the same. */
  @Column('text')
  fingerprint: string;

  /** The process that works on it under a lease. Another one can take it over after `leaseUntil`. */
  @Column('uuid', { nullable: true })
  holder: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil: Date | null;

  /** What the work has created so far. A process that takes over continues from there. */
  @Column('jsonb', { nullable: true })
  progress: object | null;

  /** Status of the response; null while the request is running. */
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
