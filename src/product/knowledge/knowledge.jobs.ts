import { InjectQueue, Process, Processor } from '@nestjs/bull';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { Logger } from '../../platform/telemetry/index.js';
import { KnowledgeIndexer } from './knowledge-indexer.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';

const SWEEP_MS = 5_000;

@Processor(KNOWLEDGE_QUEUE)
export class KnowledgeJobs {
  constructor(private readonly indexer: KnowledgeIndexer) {}

  @Process({ concurrency: 2 })
  index({ data }: Job<IndexKnowledge>): Promise<void> {
    return this.indexer.run(data);
  }
}

/** Queues again what waits without a job: Redis forgot it, or its worker died. */
@Injectable()
export class KnowledgeSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly indexer: KnowledgeIndexer,
    private readonly logger: Logger,
    @InjectQueue(KNOWLEDGE_QUEUE) private readonly queue: Queue<IndexKnowledge>,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      for (const job of await this.indexer.listWaiting())
        await this.queue.add(job, { jobId: `${job.id}:${job.version}` });
    } catch (error) {
      this.logger.warn({ err: error }, 'knowledge sweep: will try again');
    }
  }
}
