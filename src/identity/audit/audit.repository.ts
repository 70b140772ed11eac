import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditHead } from './audit-head.entity.js';

export interface AuditFilter {
  action?: string | undefined;
  actorId?: string | undefined;
  targetId?: string | undefined;
  /** The smallest id that is wanted. */
  sinceId: string;
  /** All wanted ids are smaller. */
  beforeId: string;
}

/** Reads and writes entries and heads; nothing here changes an entry but the erasure of its origin. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  /** The end of the chain, which nobody else can lengthen until this transaction ends. */
  async lockHead(organizationId: string): Promise<AuditHead> {
    const lock = (): Promise<AuditHead[]> =>
      this.database.select(AuditHead, 'WHERE organization_id = $1 FOR UPDATE', [organizationId]);
    const [head] = await lock();
    if (head) return head;
    await this.database.execute(
      'INSERT INTO audit_heads (organization_id) VALUES ($1) ON CONFLICT (organization_id) DO NOTHING',
      [organizationId],
    );
    return (await lock())[0] as AuditHead;
  }

  /** Lengthens the chain whose head is locked. */
  async append(entries: AuditEntry[], { organizationId, sequence, hash, seal }: AuditHead): Promise<void> {
    await Promise.all([
      this.database.manager.insert(AuditEntry, entries),
      this.database.execute('UPDATE audit_heads SET sequence = $2, hash = $3, seal = $4 WHERE organization_id = $1', [
        organizationId,
        sequence,
        hash,
        seal,
      ]),
    ]);
  }

  list({ action, actorId, targetId, sinceId, beforeId }: AuditFilter, limit: number): Promise<AuditEntry[]> {
    const parameters: unknown[] = [beforeId, sinceId, limit];
    // The text depends only on which filters there are: each of the eight is prepared once.
    const filters = [
      ['action', action],
      ['actor_id', actorId],
      ['target_id', targetId],
    ]
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => `AND ${column} = $${parameters.push(value)}`);
    return this.database.select(
      AuditEntry,
      `WHERE id < $1 AND id >= $2 ${filters.join(' ')} ORDER BY id DESC LIMIT $3`,
      parameters,
    );
  }

  async find(id: string): Promise<AuditEntry | undefined> {
    const [entry] = await this.database.select(AuditEntry, 'WHERE id = $1', [id]);
    return entry;
  }

  /** Forgets from where that person acted; returns whose chains told it. */
  async eraseOrigins(userId: string): Promise<string[]> {
    const rows = await this.database.query<{ organizationId: string }>(
      `WITH erased AS (
         UPDATE audit_log SET origin = NULL WHERE actor_id = $1 AND origin IS NOT NULL RETURNING organization_id
       ) SELECT DISTINCT organization_id AS "organizationId" FROM erased`,
      [userId],
    );
    return rows.map(({ organizationId }) => organizationId);
  }
}
