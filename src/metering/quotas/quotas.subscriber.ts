import { Injectable } from '@nestjs/common';
import { organizationsEvents } from '../../identity/organizations/index.js';
import { Database } from '../../platform/database/index.js';
import { pickEvents, Subscribes, type EventOf, type Subscriber } from '../../platform/events/index.js';
import { QuotasRepository } from './quotas.repository.js';

const HEARD = pickEvents(organizationsEvents, 'organization.purged');

/** Forgets what organizations have used that are gone. In all organizations, so detached. */
@Injectable()
@Subscribes({ name: 'quotas', to: HEARD, detached: true })
export class QuotasSubscriber implements Subscriber<typeof HEARD> {
  constructor(
    private readonly database: Database,
    private readonly quotas: QuotasRepository,
  ) {}

  handle({ payload }: EventOf<typeof HEARD>): Promise<void> {
    const { organization_ids: ids, budget_id: budgetId } = payload;
    return this.database.asPlatform(() => this.quotas.forget(budgetId ? [...ids, budgetId] : ids));
  }
}
