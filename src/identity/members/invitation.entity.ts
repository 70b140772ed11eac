import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Role } from '../permissions/index.js';
import { Organization } from '../organizations/index.js';
import { User } from '../users/index.js';

/** Invites a person, by mail, to join an organization. */
@Entity('invitations')
@Index('invitations_organization', ['organizationId', 'id'])
@Index('invitations_open', ['organizationId', 'email'], {
  unique: true,
  where: 'accepted_at IS NULL AND revoked_at IS NULL',
})
@Index('invitations_email', ['email'])
@Index('invitations_inviter', ['invitedBy'])
export class Invitation {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'invitations_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'invitations_organization_id_fkey' })
  organizationId: string;

  /** Normalized (`normalizeEmail`). */
  @Column('text')
  email: string;

  @Column('text')
  role: Role;

  @Column('uuid', { name: 'invited_by', nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL', name: 'invitations_invited_by_fkey' })
  invitedBy: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'accepted_at', nullable: true })
  acceptedAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
