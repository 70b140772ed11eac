import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { OAuthApplication } from './oauth-application.entity.js';

@Injectable()
export class OAuthApplicationsRepository {
  constructor(private readonly database: Database) {}

  async insert(application: Partial<OAuthApplication> & Pick<OAuthApplication, 'id'>): Promise<OAuthApplication> {
    await this.database.manager.insert(OAuthApplication, application);
    return this.database.manager.findOneByOrFail(OAuthApplication, { id: application.id });
  }

  /** How many an organization has; for null, how many belong to none. */
  async countOf(organizationId: string | null): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM oauth_applications WHERE organization_id IS NOT DISTINCT FROM $1',
      [organizationId],
    );
    return row?.count ?? 0;
  }

  list(limit: number, beforeId: string): Promise<FoundPage<OAuthApplication>> {
    return this.database.selectPage(OAuthApplication, 'WHERE id < $1 ORDER BY id DESC', [beforeId], limit);
  }

  /** The ids of the applications that an organization registered. */
  async listIdsOf(organizationId: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      'SELECT id FROM oauth_applications WHERE organization_id = $1',
      [organizationId],
    );
    return rows.map(({ id }) => id);
  }

  async find(id: string): Promise<OAuthApplication | undefined> {
    const [application] = await this.database.select(OAuthApplication, 'WHERE id = $1', [id]);
    return application;
  }

  /** Reads an application and locks it until the transaction ends. */
  async findLocked(id: string): Promise<OAuthApplication | undefined> {
    const [application] = await this.database.select(OAuthApplication, 'WHERE id = $1 FOR UPDATE', [id]);
    return application;
  }

  async update(id: string, change: Partial<OAuthApplication>): Promise<OAuthApplication> {
    await this.database.manager.update(OAuthApplication, { id }, change);
    return this.database.manager.findOneByOrFail(OAuthApplication, { id });
  }

  async delete(id: string): Promise<void> {
    await this.database.manager.delete(OAuthApplication, { id });
  }

  /** The ids of some applications that belong to no organization, registered that many days ago. */
  async listOpen(days: number, afterId: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM oauth_applications
       WHERE organization_id IS NULL AND created_at < now() - make_interval(days => $1) AND id > $2 ORDER BY id LIMIT $3`,
      [days, afterId, limit],
    );
    return rows.map(({ id }) => id);
  }
}
