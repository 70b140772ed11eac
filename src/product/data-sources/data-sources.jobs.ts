import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { DataSourceProfiling } from './data-source-profiling.js';
import { DATA_SOURCES_QUEUE, type ProfileDataSource } from './data-sources.queue.js';

@Processor(DATA_SOURCES_QUEUE)
export class DataSourcesJobs {
  constructor(private readonly profiling: DataSourceProfiling) {}

  @Process({ concurrency: 1 })
  profile({ data }: Job<ProfileDataSource>): Promise<void> {
    return this.profiling.run(data);
  }
}
