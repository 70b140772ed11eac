import { Module } from '@nestjs/common';
import { TypesetModule } from '../../platform/typeset/index.js';
import { DataSourcesModule } from '../data-sources/index.js';
import { TasksModule, TasksWorkerModule } from '../tasks/index.js';
import { AnalysisRunner } from './analysis-runner.js';
import { AnalysisController } from './analysis.controller.js';
import { AnalysisService } from './analysis.service.js';

@Module({ imports: [DataSourcesModule, TasksModule], controllers: [AnalysisController], providers: [AnalysisService] })
export class AnalysisModule {}

/** The part for the worker: computes. */
@Module({ imports: [DataSourcesModule, TasksWorkerModule, TypesetModule], providers: [AnalysisRunner] })
export class AnalysisWorkerModule {}
