import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How many mails a subject caused or received since the count began. */
@Entity('mail_counts')
@Index('mail_counts_expires_at', ['expiresAt'])
export class MailCount {
  /** The kind of count, and an HMAC of the subject. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'mail_counts_pkey' })
  subject: string;

  @Column('integer')
  count: number;

  /** When the count restarts. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
