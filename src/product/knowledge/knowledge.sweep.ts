import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { KnowledgeIndexer } from './knowledge-indexer.js';
import { KnowledgeRenewal } from './knowledge-renewal.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';

/** Milliseconds per sweep for renewing passages. */
const RENEWING_MS = 4_000;
/** During a rolling update, processes of the version before still index entries by older rules. */
const RENEW_AGAIN_MS = 600_000;

/** Requeues entries whose job Redis lost or whose worker died, and renews entries indexed by older rules. */
@Injectable()
export class KnowledgeSweep extends Sweep {
  private renewAt = 0;

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
    if (Date.now() >= this.renewAt && (await this.renew())) this.renewAt = Date.now() + RENEW_AGAIN_MS;
  }

  /** Renews as many entries as time permits; returns true if none is left for the next sweep. */
  private async renew(): Promise<boolean> {
    const until = Date.now() + RENEWING_MS;
    while (!this.stopping && Date.now() < until) {
      if (!(await this.renewal.renewNext())) return this.renewal.isDone();
    }
    return false;
  }
}
