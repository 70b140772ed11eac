import { Injectable } from '@nestjs/common';
import { accountsEvents } from '../../identity/accounts/index.js';
import { organizationsEvents } from '../../identity/organizations/index.js';
import { Database } from '../../platform/database/index.js';
import { pickEvents, Subscribes, type EventOf, type Subscriber } from '../../platform/events/index.js';
import { RequestLogsRepository } from './request-logs.repository.js';

const HEARD = pickEvents({ ...accountsEvents, ...organizationsEvents }, 'user.erased', 'organization.purged');

/** Deletes the calls of deleted organizations and the personal data of deleted people. Detached: it works across tenants. */
@Injectable()
@Subscribes({ name: 'request-logs', to: HEARD, detached: true })
export class RequestLogsSubscriber implements Subscriber<typeof HEARD> {
  constructor(
    private readonly database: Database,
    private readonly entries: RequestLogsRepository,
  ) {}

  handle(event: EventOf<typeof HEARD>): Promise<void> {
    return this.database.asPlatform(() =>
      event.type === 'user.erased'
        ? this.entries.erasePerson(event.subject)
        : this.entries.deleteOf(event.payload.organization_ids),
    );
  }
}
