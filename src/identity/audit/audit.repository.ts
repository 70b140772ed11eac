import { Injectable } from '@nestjs/common';
import { Database, type FoundPage } from '../../platform/database/index.js';
import { AuditEntry } from './audit-entry.entity.js';
import { AuditHead } from './audit-head.entity.js';

export interface AuditFilter {
  action?: string | undefined;
  actorId?: string | undefined;
  targetId?: string | undefined;
  /** Lower bound of the ids, inclusive. */
  sinceId: string;
  /** Upper bound of the ids, exclusive. */
  beforeId: string;
}

/** Reads and writes entries and heads. The only change to an existing entry is the erasure of its origin. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  /** The end of the chain, locked until this transaction ends. */
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

  /** Appends to the chain whose head is locked. */
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

  list({ action, actorId, targetId, sinceId, beforeId }: AuditFilter, limit: number): Promise<FoundPage<AuditEntry>> {
    const parameters: unknown[] = [beforeId, sinceId];
    // The text depends only on which filters are set: each of the eight variants is prepared once.
    const [narrowest, ...others] = (
      [
        ['target_id', targetId],
        ['actor_id', actorId],
        ['action', action],
      ] as const
    )
      .filter(([, value]) => value !== undefined)
      .map(([column, value]) => ({ column, parameter: `$${parameters.push(value)}` }));
    if (!narrowest) {
      return this.database.selectPage(AuditEntry, 'WHERE id < $1 AND id >= $2 ORDER BY id DESC', parameters, limit);
    }
    // Bounds and order by column and id together make PostgreSQL use the index on exactly these. With `column = value`, it may
    // instead scan the organization's entries from the newest, through a million of them for an old value.
    const { column, parameter } = narrowest;
    const page = `WHERE (${column}, id) < (${parameter}, $1) AND (${column}, id) >= (${parameter}, $2)`;
    const rest = others.map((other) => `AND ${other.column} = ${other.parameter}`).join(' ');
    return this.database.selectPage(AuditEntry, `${page} ${rest} ORDER BY ${column} DESC, id DESC`, parameters, limit);
  }

  async find(id: string): Promise<AuditEntry | undefined> {
    const [entry] = await this.database.select(AuditEntry, 'WHERE id = $1', [id]);
    return entry;
  }

  /** Erases where that person acted from; returns the organizations whose chains recorded it. */
  async eraseOrigins(userId: string): Promise<string[]> {
    const rows = await this.database.query<{ organizationId: string }>(
      `WITH erased AS (
         UPDATE audit_log SET origin = NULL WHERE actor_id = $1 AND origin IS NOT NULL RETURNING organization_id
       ) SELECT DISTINCT organization_id AS "organizationId" FROM erased`,
      [userId],
    );
    return rows.map(({ organizationId }) => organizationId);
  }

  /** Deletes the chains of organizations that no longer exist; the database refuses any others. */
  async deleteChains(organizationIds: string[]): Promise<void> {
    await this.database.execute('DELETE FROM audit_log WHERE organization_id = ANY($1)', [organizationIds]);
    await this.database.execute('DELETE FROM audit_heads WHERE organization_id = ANY($1)', [organizationIds]);
  }

  /** From here on, the open transaction reads one snapshot and changes nothing. */
  async holdSnapshot(): Promise<void> {
    await this.database.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  }

  async findHead(organizationId: string): Promise<AuditHead | undefined> {
    const [head] = await this.database.select(AuditHead, 'WHERE organization_id = $1', [organizationId]);
    return head;
  }

  async organizationExists(id: string): Promise<boolean> {
    return (await this.database.execute('SELECT FROM organizations WHERE id = $1', [id])) > 0;
  }

  /** The next chain, by id, that an organization, a head or an entry refers to. */
  async findNextChain(afterId: string): Promise<string | undefined> {
    const [next] = await this.database.query<{ id: string }>(
      `SELECT id FROM (
         (SELECT id FROM organizations WHERE id > $1 ORDER BY id LIMIT 1)
         UNION (SELECT organization_id FROM audit_heads WHERE organization_id > $1 ORDER BY 1 LIMIT 1)
         UNION (SELECT organization_id FROM audit_log WHERE organization_id > $1 ORDER BY 1 LIMIT 1)
       ) chains ORDER BY id LIMIT 1`,
      [afterId],
    );
    return next?.id;
  }

  /** Entries in the order of the chain. The id orders entries at the same position, which exist only if the index was dropped. */
  readChain(organizationId: string, after: { sequence: string; id: string }, limit: number): Promise<AuditEntry[]> {
    return this.database.select(
      AuditEntry,
      'WHERE organization_id = $1 AND (sequence, id) > ($2, $3) ORDER BY sequence, id LIMIT $4',
      [organizationId, after.sequence, after.id, limit],
    );
  }

  /** Which of these people were erased, according to the chain. */
  async findErased(organizationId: string, userIds: string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT DISTINCT target_id AS id FROM audit_log
       WHERE organization_id = $1 AND action = 'user.erased' AND target_id = ANY($2)`,
      [organizationId, userIds],
    );
    return rows.map(({ id }) => id);
  }
}
