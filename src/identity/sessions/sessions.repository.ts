import { Injectable } from '@nestjs/common';
import { NIL as NONE } from 'uuid';
import { Config } from '../../platform/config/index.js';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { Session } from './session.entity.js';
import { REFRESH_TOKEN_SECONDS } from './tokens.js';

const DAY_MS = 24 * 3600 * 1000;

/** An ended session, and the organization whose log records it. */
export type EndedSession = Pick<Session, 'id' | 'organizationId'>;

/**
 * Sessions, read and written in the platform scope. Each ends at most SESSION_MAX_DAYS after its sign-in, whatever the setting
 * was when it was last refreshed.
 */
@Injectable()
export class SessionsRepository {
  private readonly maxDays: number;

  constructor(
    private readonly database: Database,
    config: Config,
  ) {
    this.maxDays = config.get('SESSION_MAX_DAYS');
  }

  async insert(
    session: Pick<Session, 'organizationId' | 'userId' | 'ip' | 'userAgent'>,
  ): Promise<Pick<Session, 'id' | 'expiresAt'>> {
    const made = { id: newId(), expiresAt: this.endIfRefreshed(new Date()) };
    await this.database.manager.insert(Session, { ...made, ...session });
    return made;
  }

  async find(id: string): Promise<Session | undefined> {
    const [session] = await this.database.select(Session, 'WHERE id = $1', [id]);
    return session && this.capped(session);
  }

  /** Reads a session and locks it until the transaction ends. */
  async findLocked(id: string): Promise<Session | undefined> {
    const [session] = await this.database.select(Session, 'WHERE id = $1 FOR UPDATE', [id]);
    return session && this.capped(session);
  }

  /** The open sessions of a person with ids below `beforeId`, newest first. */
  async listOpen(userId: string, limit: number, beforeId: string): Promise<FoundPage<Session>> {
    const { rows, hasMore } = await this.database.selectPage(
      Session,
      `WHERE user_id = $1 AND id < $2 AND ended_at IS NULL AND expires_at > now()
         AND created_at > now() - make_interval(days => $3) ORDER BY id DESC`,
      [userId, beforeId, this.maxDays],
      limit,
    );
    return { rows: rows.map((session) => this.capped(session)), hasMore };
  }

  async update(id: string, change: Partial<Omit<Session, 'expiresAt'>>): Promise<void> {
    await this.database.manager.update(Session, { id }, change);
  }

  /** Records an exchange of the refresh token; returns when the session expires. */
  async refresh({ id, createdAt }: Session, generation: number): Promise<Date> {
    const [now, expiresAt] = [new Date(), this.endIfRefreshed(createdAt)];
    await this.database.manager.update(Session, { id }, { generation, refreshedAt: now, lastUsedAt: now, expiresAt });
    return expiresAt;
  }

  /** Ends a session of that person; undefined if no open session has that id. */
  async end(userId: string, id: string): Promise<EndedSession | undefined> {
    const [ended] = await this.database.query<EndedSession>(
      `UPDATE sessions SET ended_at = now() WHERE id = $2 AND user_id = $1 AND ended_at IS NULL AND expires_at > now()
       RETURNING id, organization_id AS "organizationId"`,
      [userId, id],
    );
    return ended;
  }

  /** Ends all open sessions of a person except that one. */
  endAll(userId: string, keptId: string = NONE): Promise<EndedSession[]> {
    return this.endOpen('user_id = $1 AND id <> $2', [userId, keptId]);
  }

  /** Ends the open sessions of a person that act in that organization. */
  endAllIn(organizationId: string, userId: string): Promise<EndedSession[]> {
    return this.endOpen('user_id = $1 AND organization_id = $2', [userId, organizationId]);
  }

  /** Whether this person has signed in before, and whether from this address. */
  async getHistory(userId: string, ip: string | null): Promise<{ signedInBefore: boolean; knownAddress: boolean }> {
    const [row] = await this.database.query<{ signedInBefore: boolean; knownAddress: boolean }>(
      `SELECT EXISTS (SELECT FROM sessions WHERE user_id = $1) AS "signedInBefore",
              EXISTS (SELECT FROM sessions WHERE user_id = $1 AND ip IS NOT DISTINCT FROM $2) AS "knownAddress"`,
      [userId, ip],
    );
    return row ?? { signedInBefore: false, knownAddress: false };
  }

  private endIfRefreshed(signedInAt: Date): Date {
    return new Date(Math.min(Date.now() + REFRESH_TOKEN_SECONDS * 1000, this.latestEnd(signedInAt)));
  }

  private latestEnd(signedInAt: Date): number {
    return signedInAt.getTime() + this.maxDays * DAY_MS;
  }

  private capped(session: Session): Session {
    session.expiresAt = new Date(Math.min(session.expiresAt.getTime(), this.latestEnd(session.createdAt)));
    return session;
  }

  private endOpen(condition: string, parameters: string[]): Promise<EndedSession[]> {
    return this.database.query<EndedSession>(
      // Locked in one order, so that concurrent calls for the same sessions cannot deadlock.
      `WITH open AS MATERIALIZED (
         SELECT id FROM sessions WHERE ${condition} AND ended_at IS NULL AND expires_at > now() ORDER BY id FOR UPDATE)
       UPDATE sessions SET ended_at = now() WHERE id IN (SELECT id FROM open)
       RETURNING id, organization_id AS "organizationId"`,
      parameters,
    );
  }
}
