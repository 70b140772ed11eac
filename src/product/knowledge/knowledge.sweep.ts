import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { KnowledgeIndexer } from './knowledge-indexer.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';

/** Queues again what waits without a job: Redis forgot it, or its worker died. */
@Injectable()
export class KnowledgeSweep extends Sweep {
  constructor(
    private readonly indexer: KnowledgeIndexer,
    logger: Logger,
    @InjectQueue(KNOWLEDGE_QUEUE) private readonly queue: Queue<IndexKnowledge>,
  ) {
    super(logger, { name: 'knowledge', everyMs: 5_000 });
  }

  protected async sweep(): Promise<void> {
    for (const job of await this.indexer.listWaiting())
      await this.queue.add(job, { jobId: `${job.id}:${job.version}` });
  }
}
