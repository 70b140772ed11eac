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

  count(): Promise<number> {
    return this.database.manager.count(OAuthApplication);
  }

  list(limit: number, beforeId: string): Promise<FoundPage<OAuthApplication>> {
    return this.database.selectPage(OAuthApplication, 'WHERE id < $1 ORDER BY id DESC', [beforeId], limit);
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
}
