import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** `verify_email` confirms the address of an account; `change_email` confirms the address that replaces it. */
export type TokenPurpose = 'verify_email' | 'change_email' | 'reset_password';

/** The single-use token of a link in a mail. */
@Entity('one_time_tokens')
@Index('one_time_tokens_user', ['userId', 'purpose'])
@Index('one_time_tokens_email', ['email'])
export class OneTimeToken {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'one_time_tokens_pkey' })
  id: string;

  @Column('uuid', { name: 'user_id' })
  // By name, because the users module imports this one.
  @ForeignKey('User', { onDelete: 'CASCADE', name: 'one_time_tokens_user_id_fkey' })
  userId: string;

  @Column('text')
  purpose: TokenPurpose;

  /** The address that it is sent to and confirms. */
  @Column('text')
  email: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;
}
