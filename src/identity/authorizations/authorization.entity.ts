import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Scope } from '../permissions/index.js';
import { OAuthApplication } from '../oauth-applications/index.js';
import { Organization } from '../organizations/index.js';
import { User } from '../users/index.js';

/** What a person has let an app do in an organization. */
@Entity('oauth_authorizations')
@Index('oauth_authorizations_organization', ['organizationId', 'id'], { where: 'ended_at IS NULL' })
@Index('oauth_authorizations_of_organization', ['organizationId'])
@Index('oauth_authorizations_user', ['userId', 'clientId'])
@Index('oauth_authorizations_application', ['applicationId'])
@Index('oauth_authorizations_ended', ['endedAt'], { where: 'ended_at IS NOT NULL' })
export class Authorization {
  /** Also the id of the grant in the protocol. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'oauth_authorizations_pkey' })
  id: string;

  /** Where the app acts. */
  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'oauth_authorizations_organization_id_fkey' })
  organizationId: string;

  /** For whom the app acts. */
  @Column('uuid', { name: 'user_id' })
  @ForeignKey(() => User, { onDelete: 'CASCADE', name: 'oauth_authorizations_user_id_fkey' })
  userId: string;

  @Column('text', { name: 'client_id' })
  clientId: string;

  /** Null for a client that describes itself in a document. */
  @Column('uuid', { name: 'application_id', nullable: true })
  @ForeignKey(() => OAuthApplication, { onDelete: 'CASCADE', name: 'oauth_authorizations_application_id_fkey' })
  applicationId: string | null;

  /** The name of the app, as the person saw it. */
  @Column('text', { name: 'client_name' })
  clientName: string;

  @Column('text', { name: 'client_url', nullable: true })
  clientUrl: string | null;

  /** The scopes that the person granted. */
  @Column('text', { array: true })
  scopes: Scope[];

  /** The grant as oidc-provider keeps it. */
  @Column('jsonb', { name: 'grant_payload' })
  grantPayload: object;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
