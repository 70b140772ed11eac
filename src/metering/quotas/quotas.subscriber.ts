import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Subscribes, type Event, type EventPayloads, type Subscriber } from '../../platform/events/index.js';
import { QuotasRepository } from './quotas.repository.js';

/** Forgets what organizations have used that are gone. In all organizations, so detached. */
@Injectable()
@Subscribes({ name: 'quotas', types: ['organization.purged'], detached: true })
export class QuotasSubscriber implements Subscriber {
  constructor(
    private readonly database: Database,
    private readonly quotas: QuotasRepository,
  ) {}

  handle({ payload }: Event): Promise<void> {
    const { organization_ids: ids, budget_id: budgetId } = payload as EventPayloads['organization.purged'];
    return this.database.asPlatform(() => this.quotas.forget(budgetId ? [...ids, budgetId] : ids));
  }
}
