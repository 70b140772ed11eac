import { Module } from '@nestjs/common';
import { TypesetModule } from '../../platform/typeset/index.js';
import { KnowledgeModule } from '../knowledge/index.js';
import { ResearchWorkerModule } from '../research/index.js';
import { TasksModule, TasksWorkerModule } from '../tasks/index.js';
import { PaperRunner } from './paper-runner.js';
import { PapersController } from './papers.controller.js';
import { Works } from './works.js';

@Module({ imports: [TasksModule], controllers: [PapersController] })
export class PapersModule {}

/** The part for the worker: writes the papers. */
@Module({
  imports: [KnowledgeModule, ResearchWorkerModule, TasksWorkerModule, TypesetModule],
  providers: [Works, PaperRunner],
})
export class PapersWorkerModule {}
