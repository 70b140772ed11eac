import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';

/** Revoked access tokens, read and written in the platform scope. */
@Injectable()
export class RevokedTokensRepository {
  constructor(private readonly database: Database) {}

  /** @param expiresAt in s since 1970 */
  async insert(id: string, expiresAt: number): Promise<void> {
    await this.database.execute(
      'INSERT INTO oauth_revoked_tokens (id, expires_at) VALUES ($1, to_timestamp($2)) ON CONFLICT DO NOTHING',
      [id, expiresAt],
    );
  }

  async has(id: string): Promise<boolean> {
    return (await this.database.query('SELECT 1 FROM oauth_revoked_tokens WHERE id = $1', [id])).length > 0;
  }

  /** An hour late, for processes whose clocks differ. */
  deleteExpired(): Promise<number> {
    return this.database.execute("DELETE FROM oauth_revoked_tokens WHERE expires_at < now() - interval '1 hour'");
  }
}
