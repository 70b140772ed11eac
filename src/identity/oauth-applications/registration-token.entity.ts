import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Organization } from '../organizations/index.js';
import { User } from '../users/index.js';

/** With which clients register themselves in an organization, until it expires (the initial access token of RFC 7591). */
@Entity('oauth_registration_tokens')
@Unique('oauth_registration_tokens_hash', ['tokenHash'])
@Index('oauth_registration_tokens_organization', ['organizationId', 'id'])
@Index('oauth_registration_tokens_creator', ['createdBy'])
@Index('oauth_registration_tokens_expiry', ['expiresAt'])
export class RegistrationToken {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'oauth_registration_tokens_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'oauth_registration_tokens_organization_id_fkey' })
  organizationId: string;

  @Column('uuid', { name: 'created_by', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL', name: 'oauth_registration_tokens_created_by_fkey' })
  createdBy: string | null;

  /** HMAC-SHA-256 of the token; the token itself is not stored. */
  @Column('text', { name: 'token_hash' })
  tokenHash: string;

  /** The beginning of the token, enough to distinguish tokens. */
  @Column('text')
  hint: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
