import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Leases } from '../../platform/leases/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import type { Reservation } from './quota.js';
import { QuotasRepository } from './quotas.repository.js';

export const LEASE_SECONDS = 60;

/**
 * The reservations that this process holds. Identified by reservation and not by work: of two attempts at the same work,
 * the later one to end drops only its own.
 */
@Injectable()
export class QuotasLeases extends Leases<Reservation> {
  constructor(
    private readonly database: Database,
    private readonly quotas: QuotasRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'quotas', everyMs: 20_000 });
  }

  extend(reservations: Reservation[]): Promise<number[]> {
    return this.database.asPlatform(() => this.quotas.extend(reservations, LEASE_SECONDS));
  }
}
