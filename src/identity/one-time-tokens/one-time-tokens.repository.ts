import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { OneTimeToken, type TokenPurpose } from './one-time-token.entity.js';

/** The SQL condition for a valid token. */
const OPEN = 'used_at IS NULL AND expires_at > now()';

/** One-time tokens, read and written in the platform scope. */
@Injectable()
export class OneTimeTokensRepository {
  constructor(private readonly database: Database) {}

  async insert(token: Omit<OneTimeToken, 'createdAt' | 'usedAt'>): Promise<void> {
    await this.database.manager.insert(OneTimeToken, token);
  }

  async find(id: string): Promise<OneTimeToken | undefined> {
    const [token] = await this.database.select(OneTimeToken, 'WHERE id = $1', [id]);
    return token;
  }

  async findOpen(id: string): Promise<OneTimeToken | undefined> {
    const [token] = await this.database.select(OneTimeToken, `WHERE id = $1 AND ${OPEN}`, [id]);
    return token;
  }

  /** The newest valid one. */
  async findNewestOpen(userId: string, purpose: TokenPurpose): Promise<OneTimeToken | undefined> {
    const newest = `WHERE user_id = $1 AND purpose = $2 AND ${OPEN} ORDER BY id DESC LIMIT 1`;
    const [token] = await this.database.select(OneTimeToken, newest, [userId, purpose]);
    return token;
  }

  /** How many tokens were issued to a person for that purpose within the last hour. */
  async countOfLastHour(userId: string, purpose: TokenPurpose): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM one_time_tokens
       WHERE user_id = $1 AND purpose = $2 AND created_at > now() - interval '1 hour'`,
      [userId, purpose],
    );
    return row?.count ?? 0;
  }

  /** Spends a token; false if it has already been spent or has expired. */
  async spend(id: string): Promise<boolean> {
    const changed = await this.database.execute(
      `UPDATE one_time_tokens SET used_at = now() WHERE id = $1 AND ${OPEN}`,
      [id],
    );
    return changed === 1;
  }

  /** Deletes all tokens that were sent to an address, for any account. */
  async forget(email: string): Promise<void> {
    await this.database.execute('DELETE FROM one_time_tokens WHERE email = $1', [email]);
  }

  /** Invalidates all tokens that a person has for these purposes. */
  async spendAll(userId: string, purposes: TokenPurpose[]): Promise<void> {
    await this.database.execute(
      `UPDATE one_time_tokens SET used_at = now() WHERE user_id = $1 AND purpose = ANY($2) AND used_at IS NULL`,
      [userId, purposes],
    );
  }
}
