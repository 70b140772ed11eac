import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { Scope } from '../permissions/index.js';
import { Organization } from '../organizations/index.js';
import { User } from '../users/index.js';

export const applicationKinds = ['confidential', 'public'] as const;
export const applicationStatuses = ['active', 'disabled'] as const;

/** A third-party app that people can let in. */
@Entity('oauth_applications')
@Index('oauth_applications_organization', ['organizationId', 'id'])
@Index('oauth_applications_creator', ['createdBy'])
@Index('oauth_applications_open', ['createdAt'], { where: 'organization_id IS NULL' })
export class OAuthApplication {
  /** Also the `client_id`. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'oauth_applications_pkey' })
  id: string;

  /**
   * The organization that registered it, or whose registration token it used; null for one that registered itself without a
   * token. People of any organization can let it in.
   */
  @Column('uuid', { name: 'organization_id', nullable: true })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'oauth_applications_organization_id_fkey' })
  organizationId: string | null;

  @Column('uuid', { name: 'created_by', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL', name: 'oauth_applications_created_by_fkey' })
  createdBy: string | null;

  @Column('text')
  name: string;

  @Column('text', { nullable: true })
  description: string | null;

  @Column('text', { name: 'homepage_url', nullable: true })
  homepageUrl: string | null;

  @Column('text', { name: 'logo_url', nullable: true })
  logoUrl: string | null;

  @Column('text', { name: 'redirect_uris', array: true })
  redirectUris: string[];

  /** The most that people can grant it. */
  @Column('text', { array: true })
  scopes: Scope[];

  /** A `public` application, such as a mobile app, cannot keep a secret and has none. */
  @Column('text')
  kind: (typeof applicationKinds)[number];

  @Column('text', { default: 'active' })
  status: (typeof applicationStatuses)[number];

  /** HMAC-SHA-256 of the client secret; the secret itself is not stored. */
  @Column('text', { name: 'secret_hash', nullable: true })
  secretHash: string | null;

  /** The beginning of the secret, enough to distinguish secrets. */
  @Column('text', { name: 'secret_hint', nullable: true })
  secretHint: string | null;

  @Column('timestamptz', { name: 'secret_rotated_at', nullable: true })
  secretRotatedAt: Date | null;

  /** HMAC of the secret before the last rotation, which is valid until `previousSecretExpiresAt`. */
  @Column('text', { name: 'previous_secret_hash', nullable: true })
  previousSecretHash: string | null;

  @Column('timestamptz', { name: 'previous_secret_expires_at', nullable: true })
  previousSecretExpiresAt: Date | null;

  /** What a client that registered itself says about itself (RFC 7591); null for an application that a person registered. */
  @Column('jsonb', { name: 'registered_metadata', nullable: true })
  registeredMetadata: object | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
