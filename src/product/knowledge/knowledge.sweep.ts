import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { KnowledgeIndexer } from './knowledge-indexer.js';
import { KnowledgeRenewal } from './knowledge-renewal.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';

/** Time of a sweep that is spent on renewing passages. */
const RENEWING_MS = 4_000;

/** Queues again what waits without a job: Redis forgot it, or its worker died. And renews what older rules have indexed. */
@Injectable()
export class KnowledgeSweep extends Sweep {
  private isRenewed = false;

  constructor(
    private readonly indexer: KnowledgeIndexer,
    private readonly renewal: KnowledgeRenewal,
    logger: Logger,
    @InjectQueue(KNOWLEDGE_QUEUE) private readonly queue: Queue<IndexKnowledge>,
  ) {
    super(logger, { name: 'knowledge', everyMs: 5_000 });
  }

  protected async sweep(): Promise<void> {
    for (const job of await this.indexer.listWaiting())
      await this.queue.add(job, { jobId: `${job.id}:${job.version}` });
    if (!this.isRenewed) this.isRenewed = await this.renew();
  }

  /** Renews what there is time for; true when nothing is left for the next time. */
  private async renew(): Promise<boolean> {
    const until = Date.now() + RENEWING_MS;
    while (!this.stopping && Date.now() < until) {
      if (!(await this.renewal.renewNext())) return this.renewal.isDone();
    }
    return false;
  }
}
