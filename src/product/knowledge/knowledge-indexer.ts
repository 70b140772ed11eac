import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Events } from '../../platform/events/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';
import { KnowledgeRepository, type IndexClaim } from './knowledge.repository.js';
import { PassageIndex } from './passage-index.js';

/** Thrown to roll back when the entry was changed again, deleted or indexed by another meanwhile. */
class Outdated extends Error {}

/** Indexes entries that are too large for a request, in the worker. May run twice for one job: the claim lets one win. */
@Injectable()
export class KnowledgeIndexer {
  constructor(
    private readonly database: Database,
    private readonly knowledge: KnowledgeRepository,
    private readonly index: PassageIndex,
    private readonly events: Events,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(job: IndexKnowledge): Promise<void> {
    const claim = await this.database.asTenant(job.organizationId, () => this.knowledge.claim(job.id, job.version));
    if (!claim) return;
    try {
      await this.database.asTenant(job.organizationId, () => this.write(job, claim));
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

  private async write(job: IndexKnowledge, claim: IndexClaim): Promise<void> {
    const passageCount = await this.index.add({ ...claim, id: job.id, version: job.version }, (percent) =>
      this.reportProgress(job, percent),
    );
    const entry = await this.knowledge.findLocked(job.id);
    // It is ready already when another worker took it over in the belief that this one was dead.
    if (entry?.version !== job.version || entry.status !== 'processing') throw new Outdated();
    await this.index.keepOnly(job.id, job.version);
    await this.knowledge.update(job.id, {
      status: 'ready',
      progress: 100,
      error: null,
      indexedVersion: job.version,
      passageCount,
      leaseUntil: null,
    });
    await this.events.record({
      type: 'knowledge.indexed',
      subject: job.id,
      payload: { title: claim.title, version: job.version },
    });
  }

  /** In a transaction of its own, so that it is seen before the work commits. */
  private async reportProgress({ id, organizationId, version }: IndexKnowledge, percent: number): Promise<void> {
    const wanted = await this.database.apart(() =>
      this.database.asTenant(organizationId, () => this.knowledge.extendLease(id, version, percent)),
    );
    if (!wanted) throw new Outdated();
  }
}
