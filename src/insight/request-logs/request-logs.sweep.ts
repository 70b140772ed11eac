import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { RequestLogsRepository } from './request-logs.repository.js';

const DAY_MS = 24 * 60 * 60_000;
const DAYS_AHEAD = 2;

/** Creates the partitions of the next days, and drops those older than REQUEST_LOG_DAYS. */
@Injectable()
export class RequestLogsSweep extends Sweep {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly entries: RequestLogsRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'request log', everyMs: 60 * 60_000 });
  }

  protected async sweep(): Promise<void> {
    for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
      await this.database.asPlatform(() => this.entries.makePartition(dayFromToday(ahead)));
    }
    const firstKept = dayFromToday(-this.config.get('REQUEST_LOG_DAYS'));
    while (!this.stopping && (await this.database.asPlatform(() => this.entries.dropPartition(firstKept))));
  }
}

const dayFromToday = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
