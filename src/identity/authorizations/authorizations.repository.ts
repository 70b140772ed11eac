import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { Authorization } from './authorization.entity.js';

type AppInUse = Pick<Authorization, 'clientId' | 'applicationId' | 'clientName' | 'clientUrl' | 'scopes'>;

/** What people have let in. Ended authorizations are not found. */
@Injectable()
export class AuthorizationsRepository {
  constructor(private readonly database: Database) {}

  async insert(authorization: Omit<Authorization, 'createdAt' | 'lastUsedAt' | 'endedAt'>): Promise<void> {
    await this.database.manager.insert(Authorization, authorization);
  }

  async find(id: string): Promise<Authorization | undefined> {
    const [found] = await this.database.select(Authorization, 'WHERE id = $1 AND ended_at IS NULL', [id]);
    return found;
  }

  /** @param userId lists only those of this person */
  list(limit: number, beforeId: string, userId?: string): Promise<FoundPage<Authorization>> {
    const open = 'WHERE ended_at IS NULL AND id < $1';
    return userId === undefined
      ? this.database.selectPage(Authorization, `${open} ORDER BY id DESC`, [beforeId], limit)
      : this.database.selectPage(Authorization, `${open} AND user_id = $2 ORDER BY id DESC`, [beforeId, userId], limit);
  }

  /** The id of what a person has let a client do last. */
  async findNewest(userId: string, clientId: string): Promise<string | undefined> {
    const [newest] = await this.database.query<{ id: string }>(
      `SELECT id FROM oauth_authorizations WHERE user_id = $1 AND client_id = $2 AND ended_at IS NULL
       ORDER BY id DESC LIMIT 1`,
      [userId, clientId],
    );
    return newest?.id;
  }

  /** The ids of a person’s authorizations of a client beyond the newest `kept`. */
  async listBeyond(kept: number, userId: string, clientId: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM oauth_authorizations WHERE user_id = $1 AND client_id = $2 AND ended_at IS NULL
       ORDER BY id DESC OFFSET $3`,
      [userId, clientId, kept],
    );
    return rows.map(({ id }) => id);
  }

  /** The ids of the authorizations of a person in an organization. */
  async listIn(organizationId: string, userId: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      'SELECT id FROM oauth_authorizations WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL ORDER BY id',
      [organizationId, userId],
    );
    return rows.map(({ id }) => id);
  }

  /** The apps that people have let in in an organization, each with all scopes that anybody granted it. */
  listAppsIn(organizationId: string): Promise<AppInUse[]> {
    return this.database.query<AppInUse>(
      `SELECT client_id AS "clientId", application_id AS "applicationId", max(client_name) AS "clientName",
         max(client_url) AS "clientUrl", array_remove(array_agg(DISTINCT scope), NULL) AS scopes
       FROM oauth_authorizations LEFT JOIN LATERAL unnest(scopes) AS scope ON true
       WHERE organization_id = $1 AND ended_at IS NULL GROUP BY client_id, application_id`,
      [organizationId],
    );
  }

  /** Ends all authorizations of a client in an organization, and returns them. */
  async endAllOf(organizationId: string, clientId: string): Promise<Authorization[]> {
    const ended = await this.database.query<{ id: string }>(
      `UPDATE oauth_authorizations SET ended_at = now()
       WHERE organization_id = $1 AND client_id = $2 AND ended_at IS NULL RETURNING id`,
      [organizationId, clientId],
    );
    return this.database.select(Authorization, 'WHERE id = ANY($1) ORDER BY id', [ended.map(({ id }) => id)]);
  }

  async setGrant(id: string, grantPayload: object): Promise<void> {
    await this.database.execute(
      'UPDATE oauth_authorizations SET grant_payload = $2 WHERE id = $1 AND ended_at IS NULL',
      [id, grantPayload],
    );
  }

  /** Ends an authorization; undefined if none is open under that id. */
  async end(id: string): Promise<Authorization | undefined> {
    const ended = await this.database.execute(
      'UPDATE oauth_authorizations SET ended_at = now() WHERE id = $1 AND ended_at IS NULL',
      [id],
    );
    if (ended === 0) return undefined;
    const [found] = await this.database.select(Authorization, 'WHERE id = $1', [id]);
    return found;
  }

  /** Those of these applications that somebody has let in and used within that many days. */
  async listUsed(applicationIds: string[], days: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT DISTINCT application_id AS id FROM oauth_authorizations
       WHERE application_id = ANY($1) AND ended_at IS NULL
         AND coalesce(last_used_at, created_at) > now() - make_interval(days => $2)`,
      [applicationIds, days],
    );
    return rows.map(({ id }) => id);
  }

  async noteUse(id: string): Promise<void> {
    await this.database.execute('UPDATE oauth_authorizations SET last_used_at = now() WHERE id = $1', [id]);
  }

  /** Deletes what ended that long ago. */
  deleteEndedBefore(days: number): Promise<number> {
    return this.database.execute(
      'DELETE FROM oauth_authorizations WHERE ended_at < now() - make_interval(days => $1)',
      [days],
    );
  }
}
