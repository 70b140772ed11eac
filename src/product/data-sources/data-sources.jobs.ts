import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { DataSourceProfiling } from './data-source-profiling.js';
import { CONNECTIONS_QUEUE, DATA_SOURCES_QUEUE, type ProfileDataSource } from './data-sources.queue.js';

/** Tables that one worker reads at once. Each has a process with little memory. */
const CONNECTIONS = 4;

@Processor(DATA_SOURCES_QUEUE)
export class DataSourcesJobs {
  constructor(private readonly profiling: DataSourceProfiling) {}

  @Process({ concurrency: 1 })
  profile({ data }: Job<ProfileDataSource>): Promise<void> {
    return this.profiling.run(data);
  }
}

@Processor(CONNECTIONS_QUEUE)
export class ConnectionsJobs {
  constructor(private readonly profiling: DataSourceProfiling) {}

  @Process({ concurrency: CONNECTIONS })
  read({ data }: Job<ProfileDataSource>): Promise<void> {
    return this.profiling.run(data);
  }
}
