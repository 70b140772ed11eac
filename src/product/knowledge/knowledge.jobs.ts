import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { KnowledgeIndexer } from './knowledge-indexer.js';
import { KNOWLEDGE_QUEUE, type IndexKnowledge } from './knowledge.queue.js';

@Processor(KNOWLEDGE_QUEUE)
export class KnowledgeJobs {
  constructor(private readonly indexer: KnowledgeIndexer) {}

  @Process({ concurrency: 2 })
  index({ data }: Job<IndexKnowledge>): Promise<void> {
    return this.indexer.run(data);
  }
}
