import { Module } from '@nestjs/common';
import { FullTextRetriever } from './full-text-retriever.js';
import { PassageIndex } from './passage-index.js';
import { Retriever } from './retriever.js';

export { Passage } from './passage.entity.js';
export { INDEX_RULES, PassageIndex } from './passage-index.js';
export type { Prepared, Preparation } from './preparation.thread.js';
export { Retriever, type FoundPassage } from './retriever.js';

/** Passages of documents: splitting, indexing and searching. */
@Module({
  providers: [PassageIndex, { provide: Retriever, useClass: FullTextRetriever }],
  exports: [PassageIndex, Retriever],
})
export class RetrievalModule {}
