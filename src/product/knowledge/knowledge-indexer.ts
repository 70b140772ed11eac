import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';
import { IndexingOutcome } from './indexing-outcome.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';
import { KnowledgeRepository, type IndexClaim } from './knowledge.repository.js';
import { PassageIndex, type Prepared } from '../retrieval/index.js';

/** Thrown to roll back when the entry was changed again, deleted or indexed by another meanwhile. */
class Outdated extends Error {}

/** Indexes entries that are too large for a request, in the worker. May run twice for one job: the claim lets one win. */
@Injectable()
export class KnowledgeIndexer {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    private readonly index: PassageIndex,
    private readonly outcome: IndexingOutcome,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(job: IndexKnowledge): Promise<void> {
    const claim = await this.database.asTenant(job.organizationId, () => this.knowledge.claim(job.id, job.version));
    if (!claim) return;
    try {
      const { organizationId } = job;
      const prepared = await this.index.prepare({ organizationId, ...claim }, true);
      await this.database.asTenant(organizationId, () => this.write(job, claim, prepared));
      this.metrics.jobs.inc({ queue: KNOWLEDGE_QUEUE, outcome: 'completed' });
    } catch (error) {
      if (error instanceof Outdated) return;
      this.metrics.jobs.inc({ queue: KNOWLEDGE_QUEUE, outcome: 'failed' });
      this.logger.error({ err: error, ...job }, 'indexing failed');
      await this.database.asTenant(job.organizationId, () =>
        this.knowledge.update(job.id, { leaseUntil: null, error: 'Indexing failed; it will be tried again.' }),
      );
      throw error;
    }
  }

  listWaiting(): Promise<IndexKnowledge[]> {
    return this.database.asPlatform(() => this.knowledge.listWaiting(100));
  }

  private async write(job: IndexKnowledge, claim: IndexClaim, prepared: Prepared): Promise<void> {
    const { id, version } = job;
    if ('batches' in prepared) {
      await this.index.add({ id, version, ...claim }, prepared.batches, (percent) => this.reportProgress(job, percent));
    }
    const entry = await this.knowledge.findLocked(job.id);
    // It is ready already when another worker took it over in the belief that this one was dead.
    if (entry?.version !== job.version || entry.status !== 'processing') throw new Outdated();
    await this.outcome.record({ id, version, title: claim.title }, prepared);
  }

  /** In a transaction of its own, so that it is seen before the work commits. */
  private async reportProgress({ id, organizationId, version }: IndexKnowledge, percent: number): Promise<void> {
    const wanted = await this.database.outsideTransaction(() =>
      this.database.asTenant(organizationId, () => this.knowledge.extendLease(id, version, percent)),
    );
    if (!wanted) throw new Outdated();
  }
}
