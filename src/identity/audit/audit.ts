import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NIL as NO_ORGANIZATION } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { madeAt } from '../../platform/paging/index.js';
import { currentOrigin } from '../../platform/telemetry/index.js';
import type { Principal } from '../permissions/index.js';
import type { AuditAction } from './audit-actions.js';
import { AuditChain } from './audit-chain.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { AuditRepository } from './audit.repository.js';

/** Who acted: a person, a program by its key, an app by its authorization or its own id, the operator at the command line, or the server itself. */
export type AuditActor =
  | { kind: 'user'; id: string }
  | { kind: 'api_key'; id: string }
  | { kind: 'oauth_app'; id: string }
  | { kind: 'operator'; id: string }
  | { kind: 'system'; id: null };

export interface AuditRecord {
  action: AuditAction;
  actor: AuditActor;
  /** What the action affected. */
  target: { type: string; id: string };
  /** Further facts. No secret and no personal data: it cannot be erased. */
  details?: object;
  /** The organization of the chain: that of the open transaction if omitted; null for actions that concern no organization. */
  organizationId?: string | null;
}

type Noted = Pick<
  AuditEntry,
  'action' | 'actorKind' | 'actorId' | 'targetType' | 'targetId' | 'details' | 'origin' | 'requestId'
>;

/** The entries that a transaction writes when it ends, by chain. */
interface Notes {
  chains: Map<string, Noted[]>;
  erasedUserIds: Set<string>;
}

/** Writes the audit log in the transaction of the recorded action: both commit or roll back together. */
@Injectable()
export class Audit {
  private readonly notes = new WeakMap<EntityManager, Notes>();

  constructor(
    private readonly database: Database,
    private readonly entries: AuditRepository,
    private readonly chain: AuditChain,
  ) {}

  /** Records what the open transaction does. It is written at the end of the transaction. */
  async record({ action, actor, target, details = {}, ...record }: AuditRecord): Promise<void> {
    const from = currentOrigin();
    const { chains } = this.notesOfTransaction();
    const chain = this.chainOf(record.organizationId);
    const noted = chains.get(chain) ?? [];
    chains.set(chain, noted);
    // Recorded once, whether by the erasure below, by the deletion of the account, or by both.
    if (action === 'user.erased' && noted.some((other) => other.action === action && other.targetId === target.id)) {
      return;
    }
    noted.push({
      action,
      actorKind: actor.kind,
      actorId: actor.id,
      targetType: target.type,
      targetId: target.id,
      details,
      origin: from ? this.chain.salted({ ip: from.ip, userAgent: from.userAgent }) : null,
      requestId: from?.requestId ?? null,
    });
  }

  /**
   * Erases where an erased person acted from, and records this in each chain concerned. Without that record, the verification
   * treats a missing origin as tampering. In the platform scope.
   */
  async eraseOrigins(userId: string, actor: AuditActor = { kind: 'user', id: userId }): Promise<void> {
    this.notesOfTransaction().erasedUserIds.add(userId);
    for (const organizationId of await this.entries.eraseOrigins(userId)) {
      const target = { type: 'user', id: userId };
      await this.record({
        action: 'user.erased',
        actor,
        target,
        organizationId: organizationId === NO_ORGANIZATION ? null : organizationId,
      });
    }
  }

  /** Deletes the audit log of organizations that the open transaction has permanently deleted. In the platform scope. */
  deleteChains(organizationIds: string[]): Promise<void> {
    return this.entries.deleteChains(organizationIds);
  }

  private notesOfTransaction(): Notes {
    const { manager } = this.database;
    let notes = this.notes.get(manager);
    if (!notes) {
      notes = { chains: new Map(), erasedUserIds: new Set() };
      this.notes.set(manager, notes);
      this.database.beforeCommit(() => this.write(manager));
    }
    return notes;
  }

  /**
   * Every transaction of an organization locks its head. Locking it last keeps the lock short, and locking in the order of ids
   * prevents deadlocks.
   */
  private async write(manager: EntityManager): Promise<void> {
    const { chains, erasedUserIds } = this.notes.get(manager) as Notes;
    this.notes.delete(manager);
    for (const organizationId of [...chains.keys()].sort()) {
      const head = await this.entries.lockHead(organizationId);
      const entries: AuditEntry[] = [];
      for (const noted of chains.get(organizationId) ?? []) {
        const isErased = noted.actorId !== null && erasedUserIds.has(noted.actorId);
        const origin = isErased ? null : noted.origin;
        const id = newId();
        const entry = {
          ...noted,
          id,
          organizationId,
          sequence: String(BigInt(head.sequence) + 1n),
          origin,
          originDigest: origin && this.chain.digest(origin),
          createdAt: madeAt(id),
        };
        const hash = this.chain.hash(entry, head.hash);
        entries.push({ ...entry, hash });
        Object.assign(head, { sequence: entry.sequence, hash });
      }
      const seal = this.chain.seal(organizationId, head.sequence, head.hash);
      await this.entries.append(entries, { ...head, seal });
    }
  }

  private chainOf(organizationId: string | null | undefined): string {
    if (organizationId === null) return NO_ORGANIZATION;
    const chain = organizationId ?? this.database.organizationId;
    if (!chain) throw new Error('In the platform scope an audit record must name its organization');
    return chain;
  }
}

/** The actor behind a call. */
export function actorOf(principal: Principal): AuditActor {
  switch (principal.kind) {
    case 'session':
      return { kind: 'user', id: principal.userId };
    case 'api_key':
    case 'internal':
      return { kind: 'api_key', id: principal.credentialId };
    case 'oauth_app':
      return { kind: 'oauth_app', id: principal.credentialId };
    case 'operator':
      return { kind: 'operator', id: principal.credentialId };
  }
}
