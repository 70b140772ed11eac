import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { SigningKey } from './signing-key.entity.js';

/** Signing keys, read and written in the platform scope. */
@Injectable()
export class SigningKeysRepository {
  constructor(private readonly database: Database) {}

  /** The keys that verify tokens, the signing key first. */
  listGood(): Promise<SigningKey[]> {
    return this.database.select(SigningKey, 'WHERE expires_at IS NULL OR expires_at > now() ORDER BY active_from DESC');
  }

  /** Keeps others from changing the keys until the transaction ends; reads continue. */
  async lock(): Promise<void> {
    await this.database.query('LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE');
  }

  async insert(key: Pick<SigningKey, 'id' | 'algorithm' | 'publicJwk' | 'encryptedPrivateKey'>): Promise<void> {
    await this.database.execute(
      `INSERT INTO signing_keys (id, algorithm, public_jwk, encrypted_private_key, active_from)
       VALUES ($1, $2, $3, $4, clock_timestamp())`,
      [key.id, key.algorithm, key.publicJwk, key.encryptedPrivateKey],
    );
  }

  /** Sets an expiry on every existing key; a key that expires sooner keeps its own. */
  async expireAll(afterSeconds: number): Promise<void> {
    await this.database.execute(
      'UPDATE signing_keys SET expires_at = least(expires_at, now() + make_interval(secs => $1))',
      [afterSeconds],
    );
  }

  /** Deletes expired keys, whose private halves must not outlive them. */
  async deleteExpired(): Promise<void> {
    await this.database.execute('DELETE FROM signing_keys WHERE expires_at <= now()');
  }
}
