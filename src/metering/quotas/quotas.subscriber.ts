import { Injectable } from '@nestjs/common';
import { organizationsEvents } from '../../identity/organizations/index.js';
import { Database } from '../../platform/database/index.js';
import { pickEvents, Subscribes, type EventOf, type Subscriber } from '../../platform/events/index.js';
import { QuotasRepository } from './quotas.repository.js';

const HEARD = pickEvents(organizationsEvents, 'organization.purged');

/** Deletes the usage of purged organizations. It works across tenants, so it is detached. */
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
