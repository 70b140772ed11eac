import { Injectable } from '@nestjs/common';
import { NIL as NONE, v7 as uuidv7 } from 'uuid';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { Session } from './session.entity.js';

/** Which session, and whose log tells of it. */
export type EndedSession = Pick<Session, 'id' | 'organizationId'>;

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

  /** The open sessions of a person with ids below `beforeId`, newest first. */
  listOpen(userId: string, limit: number, beforeId: string): Promise<FoundPage<Session>> {
    return this.database.selectPage(
      Session,
      `WHERE user_id = $1 AND id < $2 AND ended_at IS NULL AND expires_at > now() ORDER BY id DESC`,
      [userId, beforeId],
      limit,
    );
  }

  async update(id: string, change: Partial<Session>): Promise<void> {
    await this.database.manager.update(Session, { id }, change);
  }

  /** Ends a session of that person; undefined if there is none open by that id. */
  async end(userId: string, id: string): Promise<EndedSession | undefined> {
    const [ended] = await this.database.query<EndedSession>(
      `UPDATE sessions SET ended_at = now() WHERE id = $2 AND user_id = $1 AND ended_at IS NULL AND expires_at > now()
       RETURNING id, organization_id AS "organizationId"`,
      [userId, id],
    );
    return ended;
  }

  /** Ends all open sessions of a person, but that one. */
  endAll(userId: string, keptId: string = NONE): Promise<EndedSession[]> {
    return this.endOpen('user_id = $1 AND id <> $2', [userId, keptId]);
  }

  /** Ends the open sessions of a person that act in that organization. */
  endAllIn(organizationId: string, userId: string): Promise<EndedSession[]> {
    return this.endOpen('user_id = $1 AND organization_id = $2', [userId, organizationId]);
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

  private endOpen(condition: string, parameters: string[]): Promise<EndedSession[]> {
    return this.database.query<EndedSession>(
      // Locked in one order: two that end the same sessions must not wait for each other crosswise.
      `WITH open AS MATERIALIZED (
         SELECT id FROM sessions WHERE ${condition} AND ended_at IS NULL AND expires_at > now() ORDER BY id FOR UPDATE)
       UPDATE sessions SET ended_at = now() WHERE id IN (SELECT id FROM open)
       RETURNING id, organization_id AS "organizationId"`,
      parameters,
    );
  }
}
