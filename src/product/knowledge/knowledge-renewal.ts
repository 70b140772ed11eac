import { Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { INDEX_RULES, PassageIndex, type Prepared } from '../retrieval/index.js';
import { KnowledgeLeases, LEASE_SECONDS } from './knowledge.leases.js';
import { KnowledgeRepository, type OutdatedClaim } from './knowledge.repository.js';

/**
 * Rebuilds the passages that older rules created, entry by entry; searches see the old ones until then. If the process dies,
 * the entry is unchanged.
 */
@Injectable()
export class KnowledgeRenewal {
  /** Id of the entry that was renewed last, so that the next one is found without visiting those before it. */
  private last: string = NIL;

  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    private readonly leases: KnowledgeLeases,
    private readonly index: PassageIndex,
  ) {}

  isDone(): Promise<boolean> {
    return this.database.asPlatform(async () => !(await this.knowledge.hasOutdated(INDEX_RULES)));
  }

  /** Renews the next entry; returns false at the end. The next call starts again from the first entry. */
  async renewNext(): Promise<boolean> {
    const claim = await this.database.asPlatform(() =>
      this.knowledge.claimOutdated(INDEX_RULES, this.last, newId(), LEASE_SECONDS),
    );
    this.last = claim?.id ?? NIL;
    if (!claim) return false;
    this.leases.hold(claim);
    try {
      const prepared = await this.index.prepare(claim, true);
      await this.database.asTenant(claim.organizationId, () => this.write(claim, prepared));
    } finally {
      this.leases.drop(claim);
    }
    return true;
  }

  private async write(claim: OutdatedClaim, prepared: Prepared): Promise<void> {
    const entry = await this.knowledge.findLocked(claim.id);
    // It was changed and indexed by the new rules in the meantime, or another worker took it over.
    if (entry?.holder !== claim.holder || entry.version !== claim.version) return;
    const renewed = { indexedWith: INDEX_RULES, holder: null, leaseUntil: null };
    if ('refusal' in prepared) {
      await this.knowledge.update(claim.id, renewed);
      return;
    }
    await this.index.remove(claim.id);
    await this.index.add(claim, prepared.batches);
    await this.knowledge.update(claim.id, { ...renewed, passageCount: prepared.passageCount });
  }
}
