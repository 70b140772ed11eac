import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How many mails somebody caused or got since the count began. */
@Entity('mail_counts')
@Index('mail_counts_expires_at', ['expiresAt'])
export class MailCount {
  /** What is counted, and an HMAC of whom. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'mail_counts_pkey' })
  subject: string;

  @Column('integer')
  count: number;

  /** When the count begins anew. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
