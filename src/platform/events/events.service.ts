import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database } from '../database/index.js';
import { currentRequestId } from '../telemetry/index.js';
import type { EventCatalogue, PayloadOf } from './event-catalogue.js';
import { EventDefinitions } from './event-definitions.js';
import { EventsRepository } from './events.repository.js';

/** Injected with the catalogue of the module that records, as `Events<typeof knowledgeEvents>`: it can record no others. */
@Injectable()
export class Events<Catalogue extends EventCatalogue> {
  constructor(
    private readonly database: Database,
    private readonly repository: EventsRepository,
    private readonly definitions: EventDefinitions,
  ) {}

  /**
   * Records that something happened, in the open transaction: the change and its event stand or fall together.
   * In the platform scope the organization must be named.
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
    await this.repository.insert({ id: uuidv7(), organizationId, type, subject, payload, requestId });
  }

  /** How many events of these types concerned a person in the hour before that one. In the platform scope. */
  countInHourBefore(eventId: string, personId: string, types: string[]): Promise<number> {
    return this.repository.countInHourBefore(eventId, personId, types);
  }

  /** Takes out of the events about a person what tells who and where they were, in the open transaction in the platform scope. */
  forget(personId: string): Promise<void> {
    return this.repository.forget(personId);
  }
}
