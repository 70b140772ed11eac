import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { OAuthApplication } from '../oauth-applications/index.js';
import { Organization } from '../organizations/index.js';
import type { Scope } from '../permissions/index.js';
import { User } from '../users/index.js';

export const approvalStatuses = ['pending', 'approved', 'denied'] as const;

export type ApprovalStatus = (typeof approvalStatuses)[number];

/** What the admins of an organization decided about an app, or are asked to decide. */
@Entity('app_approvals')
@Unique('app_approvals_client', ['organizationId', 'clientId'])
@Index('app_approvals_organization', ['organizationId', 'id'])
@Index('app_approvals_status', ['organizationId', 'status', 'id'])
@Index('app_approvals_application', ['applicationId'])
@Index('app_approvals_decider', ['decidedBy'])
export class AppApproval {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'app_approvals_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'app_approvals_organization_id_fkey' })
  organizationId: string;

  @Column('text', { name: 'client_id' })
  clientId: string;

  /** Null for a client that describes itself by a document. */
  @Column('uuid', { name: 'application_id', nullable: true })
  @ForeignKey(() => OAuthApplication, { onDelete: 'CASCADE', name: 'app_approvals_application_id_fkey' })
  applicationId: string | null;

  /** The name of the app, as the person who asked saw it. */
  @Column('text', { name: 'client_name' })
  clientName: string;

  @Column('text', { name: 'client_url', nullable: true })
  clientUrl: string | null;

  /** `pending` while admins are asked, also for more than an approved app may do. */
  @Column('text')
  status: ApprovalStatus;

  /** The most that members can let the app do; null until it is approved. */
  @Column('text', { array: true, nullable: true })
  scopes: Scope[] | null;

  /** What is asked for beyond `scopes`. Kept when it is denied, so that an admin can still approve it. */
  @Column('text', { name: 'requested_scopes', array: true, default: '{}' })
  requestedScopes: Scope[];

  /** The people who asked last, and are told of the decision. */
  @Column('uuid', { name: 'requested_by', array: true, default: '{}' })
  requestedBy: string[];

  @Column('timestamptz', { name: 'requested_at', nullable: true })
  requestedAt: Date | null;

  @Column('uuid', { name: 'decided_by', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL', name: 'app_approvals_decided_by_fkey' })
  decidedBy: string | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}

/** An app in an organization. */
export type AppInOrganization = Pick<
  AppApproval,
  'organizationId' | 'clientId' | 'applicationId' | 'clientName' | 'clientUrl'
>;

/** Whether members can let the app in with these scopes. */
export const covers = (approval: AppApproval | undefined, scopes: Scope[]): boolean =>
  approval?.scopes != null && scopes.every((scope) => approval.scopes?.includes(scope));

/** Those of the scopes that are not approved. */
export const beyond = (approval: AppApproval | undefined, scopes: Scope[]): Scope[] =>
  scopes.filter((scope) => !approval?.scopes?.includes(scope));
