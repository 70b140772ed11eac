import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import type { Reservation } from './quota.js';
import { QuotasRepository } from './quotas.repository.js';

export const LEASE_SECONDS = 60;
const EXTEND_MS = 20_000;

/**
 * Keeps what this process has set aside, for as long as it lives. By the reservation and not by the work: of two tries of the
 * same work, the one that was too late lets go only for itself.
 */
@Injectable()
export class Leases implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly held = new Set<Reservation>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly quotas: QuotasRepository,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.extend(), EXTEND_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  hold(reservation: Reservation): void {
    this.held.add(reservation);
  }

  drop(reservation: Reservation): void {
    this.held.delete(reservation);
  }

  private async extend(): Promise<void> {
    if (this.held.size === 0) return;
    try {
      const ids = [...this.held].map(({ id }) => id);
      await this.database.asPlatform(() => this.quotas.extend(ids, LEASE_SECONDS));
    } catch (error) {
      this.logger.warn({ err: error }, 'leases of quota reservations not extended');
    }
  }
}
