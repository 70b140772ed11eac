import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';

/** A key pair that access tokens are signed with. */
@Entity('signing_keys')
export class SigningKey {
  /** The `kid`. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pkey' })
  id: string;

  @Column('text')
  algorithm: string;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: JWK;

  @Column('text', { name: 'encrypted_private_key' })
  encryptedPrivateKey: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** Signs from this time until a newer key does. */
  @Column('timestamptz', { name: 'active_from' })
  activeFrom: Date;

  /** Verifies until this time. */
  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;
}
