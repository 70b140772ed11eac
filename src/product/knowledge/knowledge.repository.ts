import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { DocumentVersion } from './document-version.entity.js';
import { KnowledgeEntry } from './knowledge.entity.js';

const LEASE = `interval '60 seconds'`;

export interface IndexClaim {
  title: string;
  collection: string;
  content: string;
}

export interface OutdatedClaim extends IndexClaim {
  id: string;
  organizationId: string;
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

  /** Reads an entry and keeps others from changing it until the transaction ends. */
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

  async update(id: string, change: Partial<KnowledgeEntry>): Promise<void> {
    await this.database.manager.update(KnowledgeEntry, { id }, change);
  }

  /** Deletes an entry with every version of its text. */
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

  /** Takes an entry for indexing if that version still waits for it and no worker that lives holds it. */
  async claim(id: string, version: number): Promise<IndexClaim | undefined> {
    const [claim] = await this.database.query<IndexClaim>(
      `WITH claimed AS (
         UPDATE knowledge SET lease_until = now() + ${LEASE}
         WHERE id = $1 AND version = $2 AND status = 'processing' AND (lease_until IS NULL OR lease_until < now())
         RETURNING id, organization_id, title, collection, version
       )
       SELECT c.title, c.collection, v.content FROM claimed c
       JOIN document_versions v ON v.organization_id = c.organization_id AND v.document_id = c.id AND v.version = c.version`,
      [id, version],
    );
    return claim;
  }

  /** Takes an entry whose passages were made by older rules, for making them again; not one that is changing. In the platform scope. */
  async claimOutdated(rules: number): Promise<OutdatedClaim | undefined> {
    const [claim] = await this.database.query<OutdatedClaim>(
      `WITH claimed AS (
         UPDATE knowledge SET lease_until = now() + ${LEASE}
         WHERE id = (
           SELECT id FROM knowledge
           WHERE indexed_with < $1 AND status = 'ready' AND (lease_until IS NULL OR lease_until < now())
           ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
         )
         RETURNING id, organization_id, title, collection, version
       )
       SELECT c.id, c.organization_id AS "organizationId", c.version, c.title, c.collection, v.content FROM claimed c
       JOIN document_versions v ON v.organization_id = c.organization_id AND v.document_id = c.id AND v.version = c.version`,
      [rules],
    );
    return claim;
  }

  /** Whether an entry is left whose passages were made by older rules, if only in the hands of another worker. */
  async hasOutdated(rules: number): Promise<boolean> {
    const [found] = await this.database.query<{ found: boolean }>(
      `SELECT EXISTS (SELECT FROM knowledge WHERE indexed_with < $1 AND status = 'ready') AS found`,
      [rules],
    );
    return found?.found === true;
  }

  /** Says that the work goes on; false when it is no longer wanted (changed again, or deleted). */
  async extendLease(id: string, version: number, progress: number): Promise<boolean> {
    const changed = await this.database.execute(
      `UPDATE knowledge SET lease_until = now() + ${LEASE}, progress = $3
       WHERE id = $1 AND version = $2 AND status = 'processing'`,
      [id, version, progress],
    );
    return changed === 1;
  }

  /** Entries that wait for a worker: their job is lost, or the worker that had them died. In the platform scope. */
  listWaiting(limit: number): Promise<{ id: string; organizationId: string; version: number }[]> {
    return this.database.query(
      `SELECT id, organization_id AS "organizationId", version FROM knowledge
       WHERE status = 'processing' AND (lease_until IS NULL OR lease_until < now())
         AND updated_at < now() - interval '5 seconds'
       ORDER BY id LIMIT $1`,
      [limit],
    );
  }
}
