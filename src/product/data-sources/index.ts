import { Module } from '@nestjs/common';
import { AuditModule } from '../../identity/audit/index.js';
import { QuotasModule } from '../../metering/quotas/index.js';
import { UsageModule } from '../../metering/usage/index.js';
import { queue } from '../../platform/queue/index.js';
import { BuiltInTables } from './built-in-tables.js';
import { DataSourceOpening } from './data-source-opening.js';
import { DataSourceProfiling } from './data-source-profiling.js';
import { DataSourceUploads } from './data-source-uploads.js';
import { ChatModule } from '../chat/index.js';
import { DataSourcesController } from './data-sources.controller.js';
import { DataSourcesJobs } from './data-sources.jobs.js';
import { DataSourcesLeases } from './data-sources.leases.js';
import { DATA_SOURCES_QUEUE } from './data-sources.queue.js';
import { DataSourcesRepository } from './data-sources.repository.js';
import { DataSourcesService } from './data-sources.service.js';
import { DataSourcesSweep } from './data-sources.sweep.js';
import { PiecesRepository } from './pieces.repository.js';

export { DataSourcePiece } from './data-source-piece.entity.js';
export { DataSource } from './data-source.entity.js';
export type { DataSourceDto } from './data-sources.dto.js';
export { dataSourcesEvents } from './data-sources.events.js';
export { DataSourcesService } from './data-sources.service.js';
export type { Profile } from './profile.js';

const profileQueue = queue(DATA_SOURCES_QUEUE);

@Module({
  imports: [profileQueue, QuotasModule, AuditModule, UsageModule, ChatModule],
  controllers: [DataSourcesController],
  providers: [
    DataSourcesService,
    DataSourceUploads,
    DataSourceOpening,
    BuiltInTables,
    DataSourcesRepository,
    PiecesRepository,
  ],
  exports: [DataSourcesService, DataSourceOpening, DataSourcesRepository, PiecesRepository],
})
export class DataSourcesModule {}

/** The part for the worker: profiles in the background. */
@Module({
  imports: [profileQueue, DataSourcesModule],
  providers: [DataSourceProfiling, DataSourcesLeases, DataSourcesJobs, DataSourcesSweep],
})
export class DataSourcesWorkerModule {}
