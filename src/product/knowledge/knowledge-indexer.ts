import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { LeaseLost } from '../../platform/leases/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';
import { PassageIndex, type Prepared } from '../retrieval/index.js';
import { IndexingOutcome } from './indexing-outcome.js';
import { KnowledgeLeases, LEASE_SECONDS } from './knowledge.leases.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';
import { KnowledgeRepository, type IndexInput, type IndexLease } from './knowledge.repository.js';

/** Indexes entries too large for a request, in the worker. May run twice for one job: the lease lets one run win. */
@Injectable()
export class KnowledgeIndexer {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    private readonly leases: KnowledgeLeases,
    private readonly index: PassageIndex,
    private readonly outcome: IndexingOutcome,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(job: IndexKnowledge): Promise<void> {
    const lease = { id: job.id, organizationId: job.organizationId, holder: newId() };
    const input = await this.database.asTenant(job.organizationId, () =>
      this.knowledge.claim(lease, job.version, LEASE_SECONDS),
    );
    if (!input) return;
    const lost = this.leases.hold(lease);
    try {
      const prepared = await this.index.prepare({ organizationId: job.organizationId, ...input }, true);
      lost.throwIfAborted();
      await this.database.asTenant(job.organizationId, () => this.write(job, lease, input, prepared));
      this.metrics.jobs.inc({ queue: KNOWLEDGE_QUEUE, outcome: 'completed' });
    } catch (error) {
      if (error instanceof LeaseLost) return;
      this.metrics.jobs.inc({ queue: KNOWLEDGE_QUEUE, outcome: 'failed' });
      this.logger.error({ err: error, ...job }, 'indexing failed');
      await this.database.asTenant(job.organizationId, () =>
        this.knowledge.release(lease, 'Indexing failed; it will be tried again.'),
      );
      throw error;
    } finally {
      this.leases.drop(lease);
    }
  }

  listWaiting(): Promise<IndexKnowledge[]> {
    return this.database.asPlatform(() => this.knowledge.listWaiting(100));
  }

  private async write(
    { id, version }: IndexKnowledge,
    lease: IndexLease,
    input: IndexInput,
    prepared: Prepared,
  ): Promise<void> {
    if ('batches' in prepared) {
      const onProgress = (percent: number): Promise<void> => this.saveProgress(lease, percent);
      await this.index.add({ id, version, ...input }, prepared.batches, onProgress);
    }
    const entry = await this.knowledge.findLocked(id);
    if (entry?.holder !== lease.holder) throw new LeaseLost();
    await this.outcome.record({ id, version, title: input.title }, prepared);
  }

  /** In a separate transaction, so that the progress is visible before the work commits. */
  private async saveProgress(lease: IndexLease, percent: number): Promise<void> {
    const isHeld = await this.database.outsideTransaction(() =>
      this.database.asTenant(lease.organizationId, () => this.knowledge.setProgress(lease, percent)),
    );
    if (!isHeld) throw new LeaseLost();
  }
}
