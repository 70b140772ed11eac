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

/** The audit log tells longer who had access. */
const ENDED_DAYS = 30;

/** After that time without use, a client that registered itself without a token is deleted. */
const UNUSED_DAYS = 90;
const BATCH = 500;

/** Deletes expired records of the protocol, authorizations that ended long ago, and clients that nobody uses. */
@Injectable()
export class OAuthSweep extends Sweep {
  constructor(
    private readonly database: Database,
    private readonly records: OAuthRecordsRepository,
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
    let last: string | undefined = FIRST_ID;
    while (last !== undefined && !this.stopping) last = await this.deleteUnused(last);
  }

  /** Looks at some clients that registered themselves. Returns the last of them; undefined if there are no more. */
  private deleteUnused(afterId: string): Promise<string | undefined> {
    return this.database.asPlatform(async () => {
      const ids = await this.applications.listOpen(UNUSED_DAYS, afterId, BATCH);
      const used = await this.authorizations.listUsed(ids, UNUSED_DAYS);
      for (const id of ids.filter((each) => !used.includes(each))) await this.registration.delete(id);
      return ids.at(-1);
    });
  }
}
