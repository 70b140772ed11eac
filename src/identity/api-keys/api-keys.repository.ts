import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database } from '../../platform/database/index.js';
import { ApiKey } from './api-key.entity.js';

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly database: Database) {}

  async insert(key: Partial<ApiKey> & Pick<ApiKey, 'id'>): Promise<ApiKey> {
    await this.database.manager.insert(ApiKey, key);
    return this.database.manager.findOneByOrFail(ApiKey, { id: key.id });
  }

  list(limit: number, beforeId: string): Promise<ApiKey[]> {
    const page = 'WHERE revoked_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2';
    return this.database.select(ApiKey, page, [beforeId, limit]);
  }

  find(id: string): Promise<ApiKey | null> {
    return this.database.manager.findOneBy(ApiKey, { id, revokedAt: IsNull() });
  }

  findByHash(hash: string): Promise<ApiKey | null> {
    return this.database.manager.findOneBy(ApiKey, { hash });
  }

  /** Marks a key as revoked; false if it is so already, or is not there. */
  async revoke(id: string): Promise<boolean> {
    const result = await this.database.manager.update(ApiKey, { id, revokedAt: IsNull() }, { revokedAt: new Date() });
    return result.affected === 1;
  }

  async touch(id: string): Promise<void> {
    await this.database.manager.update(ApiKey, { id }, { lastUsedAt: new Date() });
  }
}
