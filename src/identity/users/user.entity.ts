import { Column, CreateDateColumn, Entity, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

/** A person with an account. Users exist outside organizations; memberships link them to organizations. */
@Entity('users')
@Unique('users_email_key', ['email'])
export class User {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id: string;

  /** Normalized (`normalizeEmail`), so that no two accounts have the same address in two spellings. */
  @Column('text')
  email: string;

  /** Why this address cannot be used to sign in: it predates the normalization of addresses. An operator sets another one. */
  @Column('text', { name: 'email_issue', nullable: true })
  emailIssue: 'invalid' | 'taken' | null;

  @Column('text', { nullable: true })
  name: string | null;

  @Column('text', { name: 'password_hash' })
  passwordHash: string;

  @Column('boolean', { name: 'is_active', default: true })
  isActive: boolean;

  @Column('boolean', { name: 'is_verified', default: false })
  isVerified: boolean;

  /** May use the routes under /api/v1/admin. */
  @Column('boolean', { name: 'is_superuser', default: false })
  isSuperuser: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
