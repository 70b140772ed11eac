import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';
import type { EnvironmentName, Scope } from '../permissions/index.js';
import { Organization } from '../organizations/index.js';
import { User } from '../users/index.js';

@Entity('api_keys')
@Unique('api_keys_hash_key', ['hash'])
@Unique('api_keys_previous_hash_key', ['previousHash'])
@Index('api_keys_organization', ['organizationId', 'id'], { where: 'revoked_at IS NULL' })
@Index('api_keys_test', ['organizationId', 'id'], { where: `revoked_at IS NULL AND environment = 'test'` })
@Index('api_keys_of_organization', ['organizationId'])
@Index('api_keys_creator', ['createdBy'])
@Index('api_keys_parent', ['parentId'], { where: 'parent_id IS NOT NULL' })
export class ApiKey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id: string;

  /** The organization that owns the key, never a sandbox. A test key acts in its sandbox. */
  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'api_keys_organization_id_fkey' })
  organizationId: string;

  @Column('uuid', { name: 'created_by', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL', name: 'api_keys_created_by_fkey' })
  createdBy: string | null;

  /** The key that created this one, which may be revoked; null when a person created it. */
  @Column('uuid', { name: 'parent_id', nullable: true })
  @ForeignKey(() => ApiKey, { onDelete: 'SET NULL', name: 'api_keys_parent_id_fkey' })
  parentId: string | null;

  @Column('text')
  name: string;

  @Column('text')
  environment: EnvironmentName;

  /** The beginning of the key, enough to distinguish keys. */
  @Column('text')
  hint: string;

  /** HMAC-SHA-256 of the key; the key itself is not stored. */
  @Column('text')
  hash: string;

  @Column('text', { array: true })
  scopes: Scope[];

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  /** An `internal` key belongs to a service of the operator and is not limited. */
  @Column('text', { default: 'standard' })
  kind: 'standard' | 'internal';

  /** Requests per minute, if fewer than the plan allows. */
  @Column('integer', { name: 'rate_limit', nullable: true })
  rateLimit: number | null;

  /** Addresses and CIDR blocks from which the key may be used; any when null. */
  @Column('text', { name: 'allowed_ips', array: true, nullable: true })
  allowedIps: string[] | null;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @Column('text', { name: 'last_used_ip', nullable: true })
  lastUsedIp: string | null;

  @Column('timestamptz', { name: 'rotated_at', nullable: true })
  rotatedAt: Date | null;

  /** HMAC of the secret before the last rotation, which is valid until `previousExpiresAt`. */
  @Column('text', { name: 'previous_hash', nullable: true })
  previousHash: string | null;

  @Column('timestamptz', { name: 'previous_expires_at', nullable: true })
  previousExpiresAt: Date | null;

  /** The API version for requests that name none. */
  @Column('text', { name: 'api_version' })
  apiVersion: string;
}
