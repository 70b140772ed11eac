import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Leases } from '../../platform/leases/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { DataSourcesRepository, type ProfileLease } from './data-sources.repository.js';

export const LEASE_SECONDS = 30;

/** The data sources that this worker profiles. */
@Injectable()
export class DataSourcesLeases extends Leases<ProfileLease> {
  constructor(
    private readonly database: Database,
    private readonly sources: DataSourcesRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'data sources', everyMs: 10_000 });
  }

  extend(leases: ProfileLease[]): Promise<number[]> {
    return this.database.asPlatform(() => this.sources.extend(leases, LEASE_SECONDS));
  }
}
