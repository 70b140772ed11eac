import { Module } from '@nestjs/common';
import { KnowledgeModule } from '../knowledge/index.js';
import { TasksModule, TasksWorkerModule } from '../tasks/index.js';
import { QuoteCheck } from './quote-check.js';
import { ReachService } from './reach.js';
import { ResearchRunner } from './research-runner.js';
import { ResearchController } from './research.controller.js';
import { Researcher } from './researcher.js';
import { WebSearch } from './web-search.js';

export { ResearchDto } from './research.dto.js';
export type { ResearchInput, ResearchResult, ResearchStatement } from './research.types.js';
export { Researcher } from './researcher.js';

@Module({ imports: [TasksModule], controllers: [ResearchController] })
export class ResearchModule {}

/** The part for the worker: does the research. */
@Module({
  imports: [KnowledgeModule, TasksWorkerModule],
  providers: [ReachService, QuoteCheck, WebSearch, Researcher, ResearchRunner],
  exports: [Researcher],
})
export class ResearchWorkerModule {}
