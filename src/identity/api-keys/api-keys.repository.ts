import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database, type FoundPage } from '../../platform/database/index.js';
import type { EnvironmentName } from '../../platform/http/index.js';
import { ApiKey } from './api-key.entity.js';

/** The keys of an organization, of both environments. `seenFrom` is the one of whoever asks: from `test` only test keys are seen. */
@Injectable()
export class ApiKeysRepository {
  constructor(private readonly database: Database) {}

  async insert(key: Partial<ApiKey> & Pick<ApiKey, 'id'>): Promise<ApiKey> {
    await this.database.manager.insert(ApiKey, key);
    return this.database.manager.findOneByOrFail(ApiKey, { id: key.id });
  }

  list(limit: number, beforeId: string, seenFrom: EnvironmentName): Promise<FoundPage<ApiKey>> {
    const page = `WHERE ${keysSeenFrom(seenFrom)} AND id < $1 ORDER BY id DESC`;
    return this.database.selectPage(ApiKey, page, [beforeId], limit);
  }

  async find(id: string, seenFrom: EnvironmentName): Promise<ApiKey | undefined> {
    const [key] = await this.database.select(ApiKey, `WHERE ${keysSeenFrom(seenFrom)} AND id = $1`, [id]);
    return key;
  }

  /** Reads a key and keeps others from changing it until the transaction ends. */
  async findLocked(id: string, seenFrom: EnvironmentName): Promise<ApiKey | undefined> {
    const [key] = await this.database.select(ApiKey, `WHERE ${keysSeenFrom(seenFrom)} AND id = $1 FOR UPDATE`, [id]);
    return key;
  }

  /** The key that this secret opens, or opened before it was last rotated. */
  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const [key] = await this.database.select(ApiKey, 'WHERE hash = $1 OR previous_hash = $1', [hash]);
    return key;
  }

  async update(id: string, change: Partial<ApiKey>): Promise<ApiKey> {
    await this.database.manager.update(ApiKey, { id }, change);
    return this.database.manager.findOneByOrFail(ApiKey, { id });
  }

  /** Marks a key as revoked; false if it is so already, or is not there. */
  async revoke(id: string): Promise<boolean> {
    const result = await this.database.manager.update(ApiKey, { id, revokedAt: IsNull() }, { revokedAt: new Date() });
    return result.affected === 1;
  }

  async noteUse(id: string, ip: string | null): Promise<void> {
    await this.database.execute('UPDATE api_keys SET last_used_at = now(), last_used_ip = $2 WHERE id = $1', [id, ip]);
  }
}

/** A text for each rather than a parameter, so that the list of test keys can go by an index of its own. */
const keysSeenFrom = (environment: EnvironmentName): string =>
  environment === 'test' ? `revoked_at IS NULL AND environment = 'test'` : 'revoked_at IS NULL';
