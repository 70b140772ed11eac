import { Module } from '@nestjs/common';
import { QuotasModule } from '../../metering/quotas/index.js';
import { queue } from '../../platform/queue/index.js';
import { FullTextRetriever } from './full-text-retriever.js';
import { IndexingOutcome } from './indexing-outcome.js';
import { KnowledgeIndexer } from './knowledge-indexer.js';
import { KnowledgeController } from './knowledge.controller.js';
import './knowledge.events.js';
import { KnowledgeJobs, KnowledgeSweep } from './knowledge.jobs.js';
import { KNOWLEDGE_QUEUE } from './knowledge.queue.js';
import { KnowledgeRepository } from './knowledge.repository.js';
import { KnowledgeService } from './knowledge.service.js';
import { PassageIndex } from './passage-index.js';
import { Retriever } from './retriever.js';

export { DocumentVersion } from './document-version.entity.js';
export type { FoundPassagesDto, KnowledgeDto } from './knowledge.dto.js';
export { KnowledgeEntry } from './knowledge.entity.js';
export { Passage } from './passage.entity.js';
export { Retriever, type FoundPassage } from './retriever.js';

const indexQueue = queue(KNOWLEDGE_QUEUE);

@Module({
  imports: [indexQueue, QuotasModule],
  controllers: [KnowledgeController],
  providers: [
    KnowledgeService,
    KnowledgeRepository,
    PassageIndex,
    IndexingOutcome,
    { provide: Retriever, useClass: FullTextRetriever },
  ],
  exports: [Retriever, KnowledgeRepository, PassageIndex, IndexingOutcome],
})
export class KnowledgeModule {}

/** The worker's half: background indexing. */
@Module({ imports: [indexQueue, KnowledgeModule], providers: [KnowledgeIndexer, KnowledgeJobs, KnowledgeSweep] })
export class KnowledgeWorkerModule {}
