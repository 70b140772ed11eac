import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { AuthorizationsRepository } from '../authorizations/index.js';
import { OAuthRecordsRepository } from './oauth-records.repository.js';

/** The audit log tells longer who had access. */
const ENDED_DAYS = 30;

/** Deletes expired records of the protocol, and authorizations that ended long ago. */
@Injectable()
export class OAuthSweep extends Sweep {
  constructor(
    private readonly database: Database,
    private readonly records: OAuthRecordsRepository,
    private readonly authorizations: AuthorizationsRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'oauth', everyMs: 60_000 });
  }

  protected async sweep(): Promise<void> {
    while (!this.stopping && (await this.database.asPlatform(() => this.records.deleteExpired())) > 0);
    await this.database.asPlatform(() => this.authorizations.deleteEndedBefore(ENDED_DAYS));
  }
}
