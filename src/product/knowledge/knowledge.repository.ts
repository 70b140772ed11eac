import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { extendStatement, LEASE_IS_FREE, leaseUntil } from '../../platform/leases/index.js';
import { DocumentVersion } from './document-version.entity.js';
import { KnowledgeEntry } from './knowledge.entity.js';

const EXTEND = extendStatement('knowledge', { organization_id: 'uuid', id: 'uuid', holder: 'uuid' });

export type DescribedEntry = Pick<KnowledgeEntry, 'id' | 'source' | 'metadata'>;

/** One indexing run of an entry. */
export interface IndexLease {
  id: string;
  organizationId: string;
  holder: string;
}

/** The text to index. */
export interface IndexInput {
  title: string;
  collection: string;
  content: string;
}

/** One run that rebuilds the passages of an entry. */
export interface OutdatedClaim extends IndexLease, IndexInput {
  version: number;
}

@Injectable()
export class KnowledgeRepository {
  constructor(private readonly database: Database) {}

  async insert(
    entry: Pick<KnowledgeEntry, 'id' | 'organizationId' | 'title' | 'collection' | 'source' | 'metadata'>,
  ): Promise<void> {
    await this.database.manager.insert(KnowledgeEntry, entry);
  }

  find(id: string): Promise<KnowledgeEntry | null> {
    return this.database.manager.findOneBy(KnowledgeEntry, { id });
  }

  /** Reads an entry and locks it until the transaction ends. */
  async findLocked(id: string): Promise<KnowledgeEntry | undefined> {
    const [entry] = await this.database.select(KnowledgeEntry, 'WHERE id = $1 FOR UPDATE', [id]);
    return entry;
  }

  list(
    { collection }: { collection?: string | undefined },
    limit: number,
    beforeId: string,
  ): Promise<FoundPage<KnowledgeEntry>> {
    const page = 'ORDER BY id DESC';
    if (!collection) return this.database.selectPage(KnowledgeEntry, `WHERE id < $1 ${page}`, [beforeId], limit);
    return this.database.selectPage(
      KnowledgeEntry,
      `WHERE id < $1 AND collection = $2 ${page}`,
      [beforeId, collection],
      limit,
    );
  }

  /** Which of these collections have an entry. */
  async existingCollections(names: string[]): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(
      `SELECT name FROM unnest($1::text[]) AS name WHERE EXISTS (SELECT FROM knowledge WHERE collection = name)`,
      [names],
    );
    return rows.map(({ name }) => name);
  }

  /** The collections of those of these entries whose metadata contain the given ones, by the entries' ids. */
  async collectionsOf(ids: string[], metadata: Record<string, string>): Promise<Map<string, string>> {
    const rows = await this.database.query<{ id: string; collection: string }>(
      `SELECT id, collection FROM knowledge WHERE id = ANY ($1::uuid[]) AND metadata @> $2::jsonb`,
      [ids, JSON.stringify(metadata)],
    );
    return new Map(rows.map(({ id, collection }) => [id, collection]));
  }

  /** How entries are described, apart from their text. */
  describe(ids: string[]): Promise<DescribedEntry[]> {
    return this.database.query(`SELECT id, source, metadata FROM knowledge WHERE id = ANY ($1::uuid[])`, [ids]);
  }

  async update(id: string, change: Partial<KnowledgeEntry>): Promise<void> {
    await this.database.manager.update(KnowledgeEntry, { id }, change);
  }

  /** Deletes an entry with all versions of its text. */
  async delete(id: string): Promise<void> {
    await this.database.execute(`DELETE FROM document_versions WHERE document_id = $1`, [id]);
    await this.database.execute(`DELETE FROM knowledge WHERE id = $1`, [id]);
  }

  async insertVersion(version: Omit<DocumentVersion, 'createdAt'>): Promise<void> {
    await this.database.manager.insert(DocumentVersion, version);
  }

  async findContent(documentId: string, version: number): Promise<string | undefined> {
    const found = await this.database.manager.findOneBy(DocumentVersion, { documentId, version });
    return found?.content;
  }

  /** Claims an entry for indexing if that version is still pending and no live worker holds it. */
  async claim({ id, holder }: IndexLease, version: number, seconds: number): Promise<IndexInput | undefined> {
    const [input] = await this.database.query<IndexInput>(
      `WITH claimed AS (
         UPDATE knowledge SET holder = $3, lease_until = ${leaseUntil('$4')}
         WHERE id = $1 AND version = $2 AND status = 'processing' AND ${LEASE_IS_FREE}
         RETURNING id, organization_id, title, collection, version
       )
       SELECT c.title, c.collection, v.content FROM claimed c
       JOIN document_versions v ON v.organization_id = c.organization_id AND v.document_id = c.id AND v.version = c.version`,
      [id, version, holder, seconds],
    );
    return input;
  }

  /** Claims an entry with passages of older rules, to rebuild them; skips entries that are changing. In the platform scope. */
  async claimOutdated(
    rules: number,
    after: string,
    holder: string,
    seconds: number,
  ): Promise<OutdatedClaim | undefined> {
    const [claim] = await this.database.query<Omit<OutdatedClaim, 'holder'>>(
      `WITH claimed AS (
         UPDATE knowledge SET holder = $2, lease_until = ${leaseUntil('$3')}
         WHERE id = (
           SELECT id FROM knowledge
           WHERE id > $4 AND indexed_with < $1 AND status = 'ready' AND ${LEASE_IS_FREE}
           ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
         )
         RETURNING id, organization_id, title, collection, version
       )
       SELECT c.id, c.organization_id AS "organizationId", c.version, c.title, c.collection, v.content FROM claimed c
       JOIN document_versions v ON v.organization_id = c.organization_id AND v.document_id = c.id AND v.version = c.version`,
      [rules, holder, seconds, after],
    );
    return claim && { ...claim, holder };
  }

  /** Returns true if any entry still has passages of older rules, even if another worker holds it. */
  async hasOutdated(rules: number): Promise<boolean> {
    const [found] = await this.database.query<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM knowledge WHERE indexed_with < $1 AND status = 'ready') AS found`,
      [rules],
    );
    return found?.found === true;
  }

  /** Returns the positions of the leases still held: not changed, deleted or taken over. In the platform scope. */
  async extend(leases: IndexLease[], seconds: number): Promise<number[]> {
    const rows = await this.database.query<{ position: number }>(EXTEND, [
      seconds,
      leases.map(({ organizationId }) => organizationId),
      leases.map(({ id }) => id),
      leases.map(({ holder }) => holder),
    ]);
    return rows.map(({ position }) => position);
  }

  /** Returns false if the lease is lost. */
  async setProgress({ id, holder }: IndexLease, progress: number): Promise<boolean> {
    const changed = await this.database.execute('UPDATE knowledge SET progress = $3 WHERE id = $1 AND holder = $2', [
      id,
      holder,
      progress,
    ]);
    return changed === 1;
  }

  /** Leaves an entry to the next attempt, unless the lease is lost. */
  async release({ id, holder }: IndexLease, error: string): Promise<void> {
    await this.database.execute(
      'UPDATE knowledge SET holder = NULL, lease_until = NULL, error = $3 WHERE id = $1 AND holder = $2',
      [id, holder, error],
    );
  }

  /** Entries that wait for a worker because their job was lost or their worker died. In the platform scope. */
  listWaiting(limit: number): Promise<{ id: string; organizationId: string; version: number }[]> {
    return this.database.query(
      `SELECT id, organization_id AS "organizationId", version FROM knowledge
       WHERE status = 'processing' AND ${LEASE_IS_FREE}
         AND updated_at < now() - interval '5 seconds'
       ORDER BY id LIMIT $1`,
      [limit],
    );
  }
}
