import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';
import { Leases } from '../leases/index.js';
import { Logger } from '../telemetry/index.js';
import { IdempotencyRepository, type Lease } from './idempotency.repository.js';

export const LEASE_SECONDS = 15;

/** The requests that this process is working on. */
@Injectable()
export class IdempotencyLeases extends Leases<Lease> {
  constructor(
    private readonly database: Database,
    private readonly records: IdempotencyRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'idempotency', everyMs: 5_000 });
  }

  extend(leases: Lease[]): Promise<number[]> {
    return this.database.asPlatform(() => this.records.extend(leases, LEASE_SECONDS));
  }
}
