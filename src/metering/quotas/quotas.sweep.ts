import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { QuotasRepository } from './quotas.repository.js';

const AT_ONCE = 100;

/** Frees the reservations of dead work. */
@Injectable()
export class QuotasSweep extends Sweep {
  constructor(
    private readonly database: Database,
    private readonly quotas: QuotasRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'quotas', everyMs: 5_000 });
  }

  async sweep(): Promise<void> {
    let expired;
    do {
      expired = await this.database.asPlatform(() => this.quotas.findExpired(AT_ONCE));
      // One transaction for each, so that others wait for one reservation at most.
      for (const work of expired) await this.database.asPlatform(() => this.quotas.expire(work));
    } while (expired.length === AT_ONCE && !this.stopping);
  }
}
