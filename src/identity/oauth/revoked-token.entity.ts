import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An access token of client credentials that was given back. One of an authorization ends with its authorization instead. */
@Entity('oauth_revoked_tokens')
@Index('oauth_revoked_tokens_expiry', ['expiresAt'])
export class RevokedToken {
  /** Its `jti`. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'oauth_revoked_tokens_pkey' })
  id: string;

  /** When the token would have expired by itself. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
