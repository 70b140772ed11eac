import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/index.js';
import { Logger } from '../telemetry/index.js';
import { IdempotencyRepository } from './idempotency.repository.js';

const EVERY_MS = 10 * 60_000;
const BATCH = 1_000;

/** Forgets what nobody can ask for any more. */
@Injectable()
export class IdempotencySweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly database: Database,
    private readonly records: IdempotencyRepository,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    try {
      let deleted = BATCH;
      while (deleted === BATCH) deleted = await this.database.asPlatform(() => this.records.deleteExpired(BATCH));
    } catch (error) {
      this.logger.warn({ err: error }, 'expired idempotency records were not deleted');
    }
  }
}
