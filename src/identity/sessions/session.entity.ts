import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Organization } from '../organizations/index.js';
import { User } from '../users/index.js';

/** One sign-in of one person: the family of all refresh tokens issued from it. */
@Entity('sessions')
@Index('sessions_organization', ['organizationId'])
@Index('sessions_user_ip', ['userId', 'ip'])
@Index('sessions_user_open', ['userId', 'id'], { where: 'ended_at IS NULL' })
export class Session {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id: string;

  @Column('uuid', { name: 'organization_id' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'sessions_organization_id_fkey' })
  organizationId: string;

  @Column('uuid', { name: 'user_id' })
  @ForeignKey(() => User, { onDelete: 'CASCADE', name: 'sessions_user_id_fkey' })
  userId: string;

  /** How often the refresh token was exchanged; tokens of older generations are spent. */
  @Column('integer', { default: 0 })
  generation: number;

  @Column('text', { nullable: true })
  ip: string | null;

  @Column('text', { name: 'user_agent', nullable: true })
  userAgent: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** Accurate to the minute. */
  @Column('timestamptz', { name: 'last_used_at', default: () => 'now()' })
  lastUsedAt: Date;

  /** When the refresh token was last exchanged. */
  @Column('timestamptz', { name: 'refreshed_at', nullable: true })
  refreshedAt: Date | null;

  /** When the person last proved who they are, by password. */
  @Column('timestamptz', { name: 'authenticated_at', default: () => 'now()' })
  authenticatedAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
