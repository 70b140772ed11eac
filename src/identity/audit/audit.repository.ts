import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { AuditEntry } from './audit-entry.entity.js';

@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  /** The end of the chain, which nobody else can lengthen until this transaction ends. */
  async lockHead(organizationId: string): Promise<{ sequence: string; hash: string }> {
    const [head] = await this.database.query<{ sequence: string; hash: string }>(
      `INSERT INTO audit_heads (organization_id) VALUES ($1)
       ON CONFLICT (organization_id) DO UPDATE SET sequence = audit_heads.sequence
       RETURNING sequence::text, hash`,
      [organizationId],
    );
    return head as { sequence: string; hash: string };
  }

  async append(entry: AuditEntry, seal: string): Promise<void> {
    await Promise.all([
      this.database.manager.insert(AuditEntry, entry),
      this.database.execute('UPDATE audit_heads SET sequence = $2, hash = $3, seal = $4 WHERE organization_id = $1', [
        entry.organizationId,
        entry.sequence,
        entry.hash,
        seal,
      ]),
    ]);
  }
}
