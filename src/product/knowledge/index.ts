import { Module } from '@nestjs/common';
import { QuotasModule } from '../../metering/quotas/index.js';
import { queue } from '../../platform/queue/index.js';
import { RetrievalModule } from '../retrieval/index.js';
import { IndexingOutcome } from './indexing-outcome.js';
import { KnowledgeIndexer } from './knowledge-indexer.js';
import { KnowledgeController } from './knowledge.controller.js';
import { KnowledgeJobs } from './knowledge.jobs.js';
import { KnowledgeLeases } from './knowledge.leases.js';
import { KnowledgeRenewal } from './knowledge-renewal.js';
import { KNOWLEDGE_QUEUE } from './knowledge.queue.js';
import { KnowledgeRepository } from './knowledge.repository.js';
import { KnowledgeService } from './knowledge.service.js';
import { QuotesRepository } from './quotes.repository.js';
import { KnowledgeSweep } from './knowledge.sweep.js';

export { knowledgeEvents } from './knowledge.events.js';
export { DocumentVersion } from './document-version.entity.js';
export type { FoundPassagesDto, KnowledgeDto, KnowledgeWithContentDto } from './knowledge.dto.js';
export { KnowledgeEntry } from './knowledge.entity.js';
export { KnowledgeRepository, type DescribedEntry } from './knowledge.repository.js';
export { QuotesRepository } from './quotes.repository.js';

const indexQueue = queue(KNOWLEDGE_QUEUE);

@Module({
  imports: [indexQueue, QuotasModule, RetrievalModule],
  controllers: [KnowledgeController],
  providers: [KnowledgeService, KnowledgeRepository, QuotesRepository, IndexingOutcome],
  exports: [RetrievalModule, KnowledgeRepository, QuotesRepository, IndexingOutcome],
})
export class KnowledgeModule {}

/** The part for the worker: background indexing. */
@Module({
  imports: [indexQueue, KnowledgeModule],
  providers: [KnowledgeIndexer, KnowledgeLeases, KnowledgeJobs, KnowledgeRenewal, KnowledgeSweep],
})
export class KnowledgeWorkerModule {}
