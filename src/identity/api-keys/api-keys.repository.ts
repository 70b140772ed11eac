import { Injectable } from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import { Database, type FoundPage } from '../../platform/database/index.js';
import type { EnvironmentName } from '../permissions/index.js';
import { ApiKey } from './api-key.entity.js';

/** The keys of an organization, in both environments. `seenFrom` is the caller's: from `test`, only test keys are visible. */
@Injectable()
export class ApiKeysRepository {
  constructor(private readonly database: Database) {}

  async insert(key: Partial<ApiKey> & Pick<ApiKey, 'id'>): Promise<ApiKey> {
    await this.database.manager.insert(ApiKey, key);
    return this.database.manager.findOneByOrFail(ApiKey, { id: key.id });
  }

  /** @param parentId lists only the keys that this key created */
  list(limit: number, beforeId: string, seenFrom: EnvironmentName, parentId?: string): Promise<FoundPage<ApiKey>> {
    const seen = `WHERE ${keysSeenFrom(seenFrom)} AND id < $1`;
    return parentId === undefined
      ? this.database.selectPage(ApiKey, `${seen} ORDER BY id DESC`, [beforeId], limit)
      : this.database.selectPage(ApiKey, `${seen} AND parent_id = $2 ORDER BY id DESC`, [beforeId, parentId], limit);
  }

  async find(id: string, seenFrom: EnvironmentName): Promise<ApiKey | undefined> {
    const [key] = await this.database.select(ApiKey, `WHERE ${keysSeenFrom(seenFrom)} AND id = $1`, [id]);
    return key;
  }

  /** Reads a key and locks it until the transaction ends. */
  async findLocked(id: string, seenFrom: EnvironmentName): Promise<ApiKey | undefined> {
    const [key] = await this.database.select(ApiKey, `WHERE ${keysSeenFrom(seenFrom)} AND id = $1 FOR UPDATE`, [id]);
    return key;
  }

  /** The key whose current secret, or secret before the last rotation, has this hash. */
  async findByHash(hash: string): Promise<ApiKey | undefined> {
    const [key] = await this.database.select(ApiKey, 'WHERE hash = $1 OR previous_hash = $1', [hash]);
    return key;
  }

  async update(id: string, change: Partial<ApiKey>): Promise<ApiKey> {
    await this.database.manager.update(ApiKey, { id }, change);
    return this.database.manager.findOneByOrFail(ApiKey, { id });
  }

  async revoke(ids: string[]): Promise<void> {
    await this.database.manager.update(ApiKey, { id: In(ids), revokedAt: IsNull() }, { revokedAt: new Date() });
  }

  /** The keys from which a key descends, including revoked ones. */
  listAncestors({ parentId }: ApiKey): Promise<ApiKey[]> {
    return parentId ? this.database.select(ApiKey, LINEAGE, [parentId]) : Promise.resolve([]);
  }

  /** A key and its ancestors, oldest first. None of them can be revoked until the transaction ends. */
  holdLineage(id: string): Promise<ApiKey[]> {
    return this.database.select(ApiKey, `${LINEAGE} ORDER BY id FOR SHARE`, [id]);
  }

  /** The unrevoked descendants of a key, including those of revoked descendants; oldest first. */
  listDescendants(id: string): Promise<ApiKey[]> {
    return this.database.select(ApiKey, `WHERE revoked_at IS NULL AND id IN (${DESCENDANTS}) ORDER BY id`, [[id]]);
  }

  /** Counts the unrevoked descendants of each of these keys; keys without any are omitted. */
  async countDescendants(ids: string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ id: string; count: number }>(COUNT_DESCENDANTS, [ids]);
    return new Map(rows.map(({ id, count }) => [id, count]));
  }

  /** Revokes the keys that a person created, and those of organizations that only this person owns. In the platform scope. */
  revokeAllOf(userId: string): Promise<Pick<ApiKey, 'id' | 'organizationId' | 'name' | 'environment' | 'hint'>[]> {
    return this.database.query(
      // Locked in one order, so that concurrent revocations of the same keys cannot deadlock.
      `WITH open AS MATERIALIZED (
         SELECT id FROM api_keys k WHERE revoked_at IS NULL AND (created_by = $1 OR organization_id IN (
           SELECT organization_id FROM memberships mine WHERE user_id = $1 AND role = 'owner' AND NOT EXISTS (
             SELECT FROM memberships other WHERE other.organization_id = mine.organization_id
               AND other.user_id <> $1 AND other.role = 'owner')))
         ORDER BY id FOR UPDATE)
       UPDATE api_keys SET revoked_at = now() WHERE id IN (SELECT id FROM open)
       RETURNING id, organization_id AS "organizationId", name, environment, hint`,
      [userId],
    );
  }

  async noteUse(id: string, ip: string | null): Promise<void> {
    await this.database.execute('UPDATE api_keys SET last_used_at = now(), last_used_ip = $2 WHERE id = $1', [id, ip]);
  }
}

/** A key and its ancestors. */
const LINEAGE = `WHERE id IN (
  WITH RECURSIVE lineage AS (
    SELECT id, parent_id FROM api_keys WHERE id = $1
    UNION SELECT parent.id, parent.parent_id FROM api_keys parent JOIN lineage ON parent.id = lineage.parent_id)
  SELECT id FROM lineage)`;

/** The descendants of keys, without the keys themselves. */
const DESCENDING = `WITH RECURSIVE descending AS (
    SELECT id, parent_id AS origin FROM api_keys WHERE parent_id = ANY($1::uuid[])
    UNION SELECT child.id, descending.origin FROM api_keys child JOIN descending ON child.parent_id = descending.id)`;

const DESCENDANTS = `${DESCENDING} SELECT id FROM descending`;

const COUNT_DESCENDANTS = `${DESCENDING}
  SELECT origin AS id, count(*)::int AS count FROM descending JOIN api_keys USING (id)
  WHERE revoked_at IS NULL GROUP BY origin`;

/** A literal rather than a parameter, so that the list of test keys can use its own index. */
const keysSeenFrom = (environment: EnvironmentName): string =>
  environment === 'test' ? `revoked_at IS NULL AND environment = 'test'` : 'revoked_at IS NULL';
