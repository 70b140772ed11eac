import { Module } from '@nestjs/common';
import { AuditModule } from '../../identity/audit/index.js';
import { PlansModule } from '../../metering/plans/index.js';
import { QuotasModule } from '../../metering/quotas/index.js';
import { UsageModule } from '../../metering/usage/index.js';
import { queue } from '../../platform/queue/index.js';
import { BuiltInTables } from './built-in-tables.js';
import { DataSourceConnections } from './data-source-connections.js';
import { DataSourceCopies } from './data-source-copies.js';
import { ProfilingQueues } from './profiling-queues.js';
import { DataSourceOpening } from './data-source-opening.js';
import { DataSourceProfiling } from './data-source-profiling.js';
import { DataSourceUploads } from './data-source-uploads.js';
import { ChatModule } from '../chat/index.js';
import { DataSourcesController } from './data-sources.controller.js';
import { ConnectionsJobs, DataSourcesJobs } from './data-sources.jobs.js';
import { DataSourcesLeases } from './data-sources.leases.js';
import { CONNECTIONS_QUEUE, DATA_SOURCES_QUEUE } from './data-sources.queue.js';
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

const queues = [queue(DATA_SOURCES_QUEUE), queue(CONNECTIONS_QUEUE)];

@Module({
  imports: [...queues, QuotasModule, AuditModule, UsageModule, ChatModule],
  controllers: [DataSourcesController],
  providers: [
    DataSourcesService,
    DataSourceUploads,
    DataSourceOpening,
    BuiltInTables,
    DataSourceConnections,
    ProfilingQueues,
    DataSourcesRepository,
    PiecesRepository,
  ],
  exports: [
    DataSourcesService,
    DataSourceOpening,
    DataSourceConnections,
    ProfilingQueues,
    DataSourcesRepository,
    PiecesRepository,
  ],
})
export class DataSourcesModule {}

/** The part for the worker: reads and profiles in the background. */
@Module({
  imports: [...queues, DataSourcesModule, PlansModule, QuotasModule],
  providers: [
    DataSourceProfiling,
    DataSourceCopies,
    DataSourcesLeases,
    DataSourcesJobs,
    ConnectionsJobs,
    DataSourcesSweep,
  ],
})
export class DataSourcesWorkerModule {}
