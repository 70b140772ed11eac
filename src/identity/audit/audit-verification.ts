import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { AuditChain } from './audit-chain.js';
import type { AuditEntry } from './audit-entry.entity.js';
import { AuditRepository } from './audit.repository.js';
import { ChainWalk, type AuditFinding } from './chain-walk.js';

const BATCH = 1000;
/** Forged entries may come before the first one. */
const BEFORE_ALL: { sequence: string; id: string } = { sequence: String(-(2n ** 63n)), id: NIL };

/** What the verification of one chain found. */
export interface ChainReport {
  /** Null for the chain of entries that concern no organization. */
  organization_id: string | null;
  entries: number;
  ok: boolean;
  /** The first hundred. */
  findings: AuditFinding[];
  finding_count: number;
}

/** Called after each batch with the number of entries of that chain read so far. */
type OnProgress = (organizationId: string | null, entries: number) => void;

/** Detects audit entries that were altered, removed, inserted or cut off. Memory use does not grow with their number. */
@Injectable()
export class AuditVerification {
  constructor(
    private readonly database: Database,
    private readonly entries: AuditRepository,
    private readonly chain: AuditChain,
  ) {}

  /**
   * Verifies one chain; `null` for the chain of entries that concern no organization.
   * @throws ApiError NOT_FOUND when neither an organization with that id nor any record of it exists
   */
  async verify(organizationId: string | null, onProgress?: OnProgress): Promise<ChainReport> {
    const report = await this.examine(organizationId ?? NIL, onProgress);
    if (!report) throw notFound('Organization', organizationId ?? NIL);
    return report;
  }

  /** Verifies every chain, one after the other. */
  async *verifyAll(onProgress?: OnProgress): AsyncGenerator<ChainReport> {
    let chain: string | undefined = NIL;
    while (chain !== undefined) {
      const current: string = chain;
      const report = await this.examine(current, onProgress);
      if (report) yield report;
      chain = await this.database.asPlatform(() => this.entries.findNextChain(current));
    }
  }

  /** Undefined when there is nothing to verify: the organization was purged, with its entries. */
  private examine(chain: string, onProgress?: OnProgress): Promise<ChainReport | undefined> {
    const organizationId = chain === NIL ? null : chain;
    return this.database.asPlatform(async () => {
      // Reads one snapshot, because the server continues to write.
      await this.entries.holdSnapshot();
      const [head, exists] = await Promise.all([this.entries.findHead(chain), this.entries.organizationExists(chain)]);
      const walk = new ChainWalk(this.chain);
      let after = BEFORE_ALL;
      for (;;) {
        const batch = await this.entries.readChain(chain, after, BATCH);
        const erased = await this.findErased(chain, batch);
        for (const entry of batch) walk.pass(entry, erased.has(entry.actorId));
        onProgress?.(organizationId, walk.entryCount);
        const last = batch.at(-1);
        if (!last || batch.length < BATCH) break;
        after = last;
      }
      walk.end(head, exists);
      if (!head && !exists && walk.entryCount === 0 && organizationId !== null) return undefined;
      const { entryCount: entries, findings, findingCount } = walk;
      return {
        organization_id: organizationId,
        entries,
        ok: findingCount === 0,
        findings,
        finding_count: findingCount,
      };
    });
  }

  /** Which of the actors without an origin were erased, according to the chain itself. */
  private async findErased(chain: string, batch: AuditEntry[]): Promise<Set<string | null>> {
    const userIds = batch.flatMap(({ origin, originDigest, actorKind, actorId }) =>
      !origin && originDigest && actorKind === 'user' && actorId ? [actorId] : [],
    );
    return new Set(userIds.length > 0 ? await this.entries.findErased(chain, [...new Set(userIds)]) : []);
  }
}
