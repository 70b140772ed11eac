import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { Database } from '../../platform/database/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import type { DataSource } from './data-source.entity.js';
import { CONNECTIONS_QUEUE, DATA_SOURCES_QUEUE, type ProfileDataSource } from './data-sources.queue.js';

type Waiting = ProfileDataSource & Pick<DataSource, 'format'>;

/** Wakes the worker for data sources that wait for it. */
@Injectable()
export class ProfilingQueues {
  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    @InjectQueue(DATA_SOURCES_QUEUE) private readonly files: Queue<ProfileDataSource>,
    @InjectQueue(CONNECTIONS_QUEUE) private readonly connections: Queue<ProfileDataSource>,
  ) {}

  /** If the job does not reach Redis, the sweep of the worker finds the row. */
  addAfterCommit(source: Waiting): void {
    this.database.afterCommit(() => {
      this.add(source).catch((error: unknown) =>
        this.logger.warn({ err: error, id: source.id }, 'profiling not queued; the next sweep starts it'),
      );
    });
  }

  async add({ id, organizationId, uploadId, format }: Waiting): Promise<void> {
    const queue = format === 'postgresql' ? this.connections : this.files;
    await queue.add({ id, organizationId, uploadId });
  }
}
