import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { RegistrationToken } from './registration-token.entity.js';

/** Registration tokens. Expired ones are not found. */
@Injectable()
export class RegistrationTokensRepository {
  constructor(private readonly database: Database) {}

  async insert(token: Omit<RegistrationToken, 'createdAt'>): Promise<RegistrationToken> {
    await this.database.manager.insert(RegistrationToken, token);
    return this.database.manager.findOneByOrFail(RegistrationToken, { id: token.id });
  }

  async count(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM oauth_registration_tokens WHERE expires_at > now()',
    );
    return row?.count ?? 0;
  }

  list(limit: number, beforeId: string): Promise<FoundPage<RegistrationToken>> {
    const valid = 'WHERE expires_at > now() AND id < $1 ORDER BY id DESC';
    return this.database.selectPage(RegistrationToken, valid, [beforeId], limit);
  }

  async findByHash(tokenHash: string): Promise<RegistrationToken | undefined> {
    const valid = 'WHERE token_hash = $1 AND expires_at > now()';
    const [token] = await this.database.select(RegistrationToken, valid, [tokenHash]);
    return token;
  }

  /** False if there is no such token. */
  async delete(id: string): Promise<boolean> {
    const deleted = await this.database.execute(
      'DELETE FROM oauth_registration_tokens WHERE id = $1 AND expires_at > now()',
      [id],
    );
    return deleted === 1;
  }

  deleteExpired(): Promise<number> {
    return this.database.execute('DELETE FROM oauth_registration_tokens WHERE expires_at <= now()');
  }
}
