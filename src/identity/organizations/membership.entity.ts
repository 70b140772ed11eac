import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { Role } from '../permissions/index.js';
import { User } from '../users/index.js';
import { Organization } from './organization.entity.js';

@Entity('memberships')
@Index('memberships_user', ['userId'])
export class Membership {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'memberships_pkey' })
  @ForeignKey(() => Organization, { onDelete: 'CASCADE', name: 'memberships_organization_id_fkey' })
  organizationId: string;

  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'memberships_pkey' })
  @ForeignKey(() => User, { onDelete: 'CASCADE', name: 'memberships_user_id_fkey' })
  userId: string;

  @Column('text')
  role: Role;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
