import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Subscribes, type Event, type Subscriber } from '../../platform/events/index.js';
import { RequestLogsRepository } from './request-logs.repository.js';

/** Forgets the calls of organizations that are gone, and who made those of people who are. In all organizations, so detached. */
@Injectable()
@Subscribes({ name: 'request-logs', types: ['user.erased', 'organization.purged'], detached: true })
export class RequestLogsSubscriber implements Subscriber {
  constructor(
    private readonly database: Database,
    private readonly entries: RequestLogsRepository,
  ) {}

  handle({ type, subject, payload }: Event): Promise<void> {
    return this.database.asPlatform(() =>
      type === 'user.erased'
        ? this.entries.erasePerson(subject)
        : this.entries.deleteOf((payload as { organization_ids: string[] }).organization_ids),
    );
  }
}
