import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** A tenant. Its sandbox, where test keys act, is its child organization. */
@Entity('organizations')
@Index('organizations_parent_id_key', ['parentId'], { unique: true })
@Index('organizations_purge', ['purgeAt'], { where: 'purge_at IS NOT NULL' })
@Index('organizations_creator', ['createdBy'], { where: 'created_by IS NOT NULL' })
@Index('organizations_budget', ['budgetId'], { where: 'budget_id IS NOT NULL' })
export class Organization {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'organizations_pkey' })
  id: string;

  @Column('text')
  name: string;

  @Column('text', { default: 'free' })
  plan: string;

  @Column('text', { default: 'live' })
  environment: 'live' | 'test';

  @Column('uuid', { name: 'parent_id', nullable: true })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'organizations_parent_id_fkey' })
  parentId: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  /** Closed by an operator until it is resumed. */
  @Column('timestamptz', { name: 'suspended_at', nullable: true })
  suspendedAt: Date | null;

  /** Closed by an owner; can be restored until `purgeAt`. */
  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;

  /** Whether the request log keeps the bodies that its callers send and receive. */
  @Column('boolean', { name: 'log_bodies', default: false })
  logBodies: boolean;

  /** Whether members can let in only apps that an admin approved. */
  @Column('boolean', { name: 'require_app_approval', default: false })
  requireAppApproval: boolean;

  /** When it is permanently deleted, with all its data. */
  @Column('timestamptz', { name: 'purge_at', nullable: true })
  purgeAt: Date | null;

  /** The person who created it, not necessarily an owner now; null for a sandbox. The account may no longer exist. */
  @Column('uuid', { name: 'created_by', nullable: true })
  createdBy: string | null;

  /** The organization whose id counts its usage while its plan is unpaid; its own when null. It may no longer exist. */
  @Column('uuid', { name: 'budget_id', nullable: true })
  budgetId: string | null;
}

/** The plan without payment. */
export const UNPAID_PLAN = 'free';

/** The id under which limits and quotas count an organization: its own, or one for all unpaid ones of the same creator. */
export const budgetOf = ({ id, plan, budgetId }: Organization): string =>
  plan === UNPAID_PLAN ? (budgetId ?? id) : id;

/** True while no one may act in it. */
export const isClosed = ({ suspendedAt, deletedAt }: Organization): boolean =>
  suspendedAt !== null || deletedAt !== null;

export const organizationStatuses = ['active', 'suspended', 'deleted'] as const;

export type OrganizationStatus = (typeof organizationStatuses)[number];

export function statusOf({ suspendedAt, deletedAt }: Organization): OrganizationStatus {
  if (deletedAt) return 'deleted';
  return suspendedAt ? 'suspended' : 'active';
}
