import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { Database } from '../../platform/database/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { RequestLogsRepository } from './request-logs.repository.js';

const EVERY_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const DAYS_AHEAD = 2;

/** Makes room for the entries of the days to come, and drops the days that are older than REQUEST_LOG_DAYS. */
@Injectable()
export class RequestLogsSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly entries: RequestLogsRepository,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const sweep = (): void => {
      this.running ??= this.sweep().finally(() => (this.running = undefined));
    };
    this.timer = setInterval(sweep, EVERY_MS);
    sweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async sweep(): Promise<void> {
    try {
      for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
        await this.database.asPlatform(() => this.entries.makePartition(dayFromToday(ahead)));
      }
      const firstKept = dayFromToday(-this.config.get('REQUEST_LOG_DAYS'));
      while (await this.database.asPlatform(() => this.entries.dropPartition(firstKept)));
    } catch (error) {
      this.logger.warn({ err: error }, 'request log sweep: will try again');
    }
  }
}

const dayFromToday = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
