import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { Session } from './session.entity.js';

/** Sessions, read and written behind the platform door. */
@Injectable()
export class SessionsRepository {
  constructor(private readonly database: Database) {}

  async insert(
    session: Pick<Session, 'organizationId' | 'userId' | 'ip' | 'userAgent' | 'expiresAt'>,
  ): Promise<string> {
    const id = uuidv7();
    await this.database.manager.insert(Session, { id, ...session });
    return id;
  }

  find(id: string): Promise<Session | null> {
    return this.database.manager.findOneBy(Session, { id });
  }

  /** Reads a session and keeps others from changing it until the transaction ends. */
  async findLocked(id: string): Promise<Session | undefined> {
    const [session] = await this.database.select(Session, 'WHERE id = $1 FOR UPDATE', [id]);
    return session;
  }

  async update(id: string, change: Partial<Session>): Promise<void> {
    await this.database.manager.update(Session, { id }, change);
  }

  /** Whether this person has signed in before, and whether from this address. */
  async getHistory(userId: string, ip: string): Promise<{ signedInBefore: boolean; knownAddress: boolean }> {
    const [row] = await this.database.query<{ signedInBefore: boolean; knownAddress: boolean }>(
      `SELECT EXISTS (SELECT FROM sessions WHERE user_id = $1) AS "signedInBefore",
              EXISTS (SELECT FROM sessions WHERE user_id = $1 AND ip = $2) AS "knownAddress"`,
      [userId, ip],
    );
    return row ?? { signedInBefore: false, knownAddress: false };
  }
}
