import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';
import { newId } from '../ids/index.js';
import { currentRequestId } from '../telemetry/index.js';
import type { EventCatalogue, PayloadOf } from './event-catalogue.js';
import { EventDefinitions } from './event-definitions.js';
import { EventsRepository } from './events.repository.js';

/** Records events. Inject it with the catalogue of your module, as `Events<typeof knowledgeEvents>`: it records only these. */
@Injectable()
export class Events<Catalogue extends EventCatalogue> {
  constructor(
    private readonly database: Database,
    private readonly repository: EventsRepository,
    private readonly definitions: EventDefinitions,
  ) {}

  /**
   * Records an event in the open transaction, so that it exists exactly if the change exists. In the platform scope you
   * must name the organization.
   */
  async record<Type extends keyof Catalogue & string>({
    type,
    subject,
    payload,
    organizationId = this.database.organizationId,
  }: {
    type: Type;
    subject: string;
    payload: PayloadOf<Catalogue, Type>;
    organizationId?: string;
  }): Promise<void> {
    if (!organizationId) throw new Error(`Event ${type} needs an organization`);
    this.definitions.check(type, payload);
    const requestId = currentRequestId() ?? null;
    await this.repository.insert({ id: newId(), organizationId, type, subject, payload, requestId });
  }

  /** How many events of these types concerned a person in the hour before this event. In the platform scope. */
  countInHourBefore(eventId: string, personId: string, types: string[]): Promise<number> {
    return this.repository.countInHourBefore(eventId, personId, types);
  }

  /** Removes personal data from the events about a person, in the open transaction in the platform scope. */
  forget(personId: string): Promise<void> {
    return this.repository.forget(personId);
  }
}
