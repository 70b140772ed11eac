import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { ProfilingQueues } from './profiling-queues.js';
import { DataSourcesRepository } from './data-sources.repository.js';
import { PiecesRepository } from './pieces.repository.js';

const AT_ONCE = 100;

/** Requeues data sources whose job Redis lost or whose worker died, and deletes pieces of uploads that were broken off. */
@Injectable()
export class DataSourcesSweep extends Sweep {
  constructor(
    private readonly database: Database,
    private readonly sources: DataSourcesRepository,
    private readonly pieces: PiecesRepository,
    private readonly queues: ProfilingQueues,
    logger: Logger,
  ) {
    super(logger, { name: 'data sources', everyMs: 5_000 });
  }

  protected async sweep(): Promise<void> {
    const waiting = await this.database.asPlatform(() => this.sources.listWaiting(AT_ONCE));
    for (const source of waiting) await this.queues.add(source);
    await this.database.asPlatform(() => this.pieces.deleteAbandoned(AT_ONCE));
  }
}
