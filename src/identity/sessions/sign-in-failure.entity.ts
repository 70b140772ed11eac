import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Failed sign-ins of one pair of account and address. */
@Entity('sign_in_failures')
@Index('sign_in_failures_account', ['account'])
@Index('sign_in_failures_since', ['since'])
export class SignInFailure {
  /** HMAC of email address and IP address; the account need not exist. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'sign_in_failures_pkey' })
  pair: string;

  /** HMAC of the email address. */
  @Column('text')
  account: string;

  @Column('integer')
  failures: number;

  @Column('timestamptz')
  since: Date;
}
