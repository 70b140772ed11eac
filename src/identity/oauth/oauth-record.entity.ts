import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What the protocol keeps for a while: a code, a refresh token, a sign-in. */
@Entity('oauth_records')
@Index('oauth_records_grant', ['grantId'], { where: 'grant_id IS NOT NULL' })
@Index('oauth_records_uid', ['uidHash'], { where: 'uid_hash IS NOT NULL' })
@Index('oauth_records_user_code', ['userCodeHash'], { where: 'user_code_hash IS NOT NULL' })
@Index('oauth_records_expiry', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
export class OAuthRecord {
  /** The model of oidc-provider, such as `RefreshToken`. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'oauth_records_pkey' })
  kind: string;

  /** HMAC of the token. */
  @PrimaryColumn('text', { name: 'id_hash', primaryKeyConstraintName: 'oauth_records_pkey' })
  idHash: string;

  /** The authorization it belongs to, with which it ends. */
  @Column('uuid', { name: 'grant_id', nullable: true })
  grantId: string | null;

  @Column('text', { name: 'uid_hash', nullable: true })
  uidHash: string | null;

  @Column('text', { name: 'user_code_hash', nullable: true })
  userCodeHash: string | null;

  /** It names the token and other secrets. */
  @Column('text', { name: 'encrypted_payload' })
  encryptedPayload: string;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { name: 'consumed_at', nullable: true })
  consumedAt: Date | null;
}
