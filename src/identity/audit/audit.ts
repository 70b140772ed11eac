import { Injectable } from '@nestjs/common';
import { NIL as NO_ORGANIZATION, v7 as uuidv7 } from 'uuid';
import { Database } from '../../platform/database/index.js';
import type { Principal } from '../../platform/http/index.js';
import { currentOrigin } from '../../platform/telemetry/index.js';
import type { AuditAction } from './audit-actions.js';
import { AuditChain } from './audit-chain.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { AuditRepository } from './audit.repository.js';

/** Who did it: a person, a program by its key, the operator at the command line, or the server by itself. */
export type AuditActor =
  | { kind: 'user'; id: string }
  | { kind: 'api_key'; id: string }
  | { kind: 'operator'; id: string }
  | { kind: 'system'; id: null };

export interface AuditRecord {
  action: AuditAction;
  actor: AuditActor;
  /** What it was done to. */
  target: { type: string; id: string };
  /** What is worth knowing besides. No secret and no personal data: it cannot be erased. */
  details?: object;
  /** Whose chain it belongs to: that of the open transaction if left out; null for what concerns no organization. */
  organizationId?: string | null;
}

/** Writes the audit log, in the transaction of what it tells of: both stand or fall together. */
@Injectable()
export class Audit {
  constructor(
    private readonly database: Database,
    private readonly entries: AuditRepository,
    private readonly chain: AuditChain,
  ) {}

  async record({ action, actor, target, details = {}, ...record }: AuditRecord): Promise<void> {
    const organizationId = this.chainOf(record.organizationId);
    const { requestId = null, ...from } = currentOrigin() ?? {};
    const origin = 'ip' in from ? this.chain.salted(from) : null;
    const head = await this.entries.lockHead(organizationId);
    const entry: Omit<AuditEntry, 'hash'> = {
      id: uuidv7(),
      organizationId,
      sequence: String(BigInt(head.sequence) + 1n),
      action,
      actorKind: actor.kind,
      actorId: actor.id,
      targetType: target.type,
      targetId: target.id,
      details,
      origin,
      originDigest: origin && this.chain.digest(origin),
      requestId,
      createdAt: new Date(),
    };
    const hash = this.chain.hash(entry, head.hash);
    await this.entries.append({ ...entry, hash }, this.chain.seal(organizationId, entry.sequence, hash));
  }

  private chainOf(organizationId: string | null | undefined): string {
    if (organizationId === null) return NO_ORGANIZATION;
    const chain = organizationId ?? this.database.organizationId;
    if (!chain) throw new Error('Behind the platform door an audit record must name its organization');
    return chain;
  }
}

/** The actor behind a call. */
export function actorOf({ kind, userId, credentialId }: Principal): AuditActor {
  if (kind === 'operator') return { kind: 'operator', id: credentialId };
  return kind === 'session' && userId ? { kind: 'user', id: userId } : { kind: 'api_key', id: credentialId };
}
