import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';
import { Sweep } from '../sweep/index.js';
import { Logger } from '../telemetry/index.js';
import { IdempotencyRepository } from './idempotency.repository.js';

const BATCH = 1_000;

/** Deletes expired requests. */
@Injectable()
export class IdempotencySweep extends Sweep {
  constructor(
    private readonly database: Database,
    private readonly records: IdempotencyRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'idempotency', everyMs: 10 * 60_000 });
  }

  async sweep(): Promise<void> {
    let deleted = BATCH;
    while (deleted === BATCH && !this.stopping) {
      deleted = await this.database.asPlatform(() => this.records.deleteExpired(BATCH));
    }
  }
}
