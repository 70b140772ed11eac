import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { NIL as FIRST_ID } from 'uuid';
import { AuthorizationsRepository } from '../authorizations/index.js';
import {
  OAuthApplicationsRepository,
  RegistrationTokensRepository,
  SelfRegistration,
} from '../oauth-applications/index.js';
import { OAuthRecordsRepository } from './oauth-records.repository.js';
import { RevokedTokensRepository } from './revoked-tokens.repository.js';

/** The audit log tells longer who had access. */
const ENDED_DAYS = 30;

/** After that time without use, a client that registered itself without a token is deleted. */
const UNUSED_DAYS = 90;
const BATCH = 500;

/** Deletes expired records of the protocol, authorizations that ended long ago, and clients that nobody uses. */
@Injectable()
export class OAuthSweep extends Sweep {
  /** The last client that a sweep has looked at. The next one continues there. */
  private lastLookedAt: string = FIRST_ID;

  constructor(
    private readonly database: Database,
    private readonly records: OAuthRecordsRepository,
    private readonly revokedTokens: RevokedTokensRepository,
    private readonly authorizations: AuthorizationsRepository,
    private readonly applications: OAuthApplicationsRepository,
    private readonly registrationTokens: RegistrationTokensRepository,
    private readonly registration: SelfRegistration,
    logger: Logger,
  ) {
    super(logger, { name: 'oauth', everyMs: 60_000 });
  }

  protected async sweep(): Promise<void> {
    while (!this.stopping && (await this.database.asPlatform(() => this.records.deleteExpired())) > 0);
    await this.database.asPlatform(() => this.authorizations.deleteEndedBefore(ENDED_DAYS));
    await this.database.asPlatform(() => this.registrationTokens.deleteExpired());
    await this.database.asPlatform(() => this.revokedTokens.deleteExpired());
    await this.database.asPlatform(() => this.deleteUnused());
  }

  /** Looks at some of the clients that registered themselves, at all of them in turn. */
  private async deleteUnused(): Promise<void> {
    const ids = await this.applications.listOpen(UNUSED_DAYS, this.lastLookedAt, BATCH);
    const used = await this.authorizations.listUsed(ids, UNUSED_DAYS);
    for (const id of ids.filter((each) => !used.includes(each))) await this.registration.delete(id);
    this.lastLookedAt = (ids.length === BATCH && ids.at(-1)) || FIRST_ID;
  }
}
