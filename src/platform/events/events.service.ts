import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database } from '../database/index.js';
import { currentRequestId } from '../telemetry/index.js';
import { EventsRepository } from './events.repository.js';

/** Event type -> payload. Each module adds its own in `<module>.events.ts` by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by the modules that record events
export interface EventPayloads {}

export type EventType = keyof EventPayloads;

@Injectable()
export class Events {
  constructor(
    private readonly database: Database,
    private readonly repository: EventsRepository,
  ) {}

  /**
   * Records that something happened, in the open transaction: the change and its event stand or fall together.
   * In the platform scope the organization must be named.
   */
  async record<Type extends EventType>(event: {
    type: Type;
    subject: string;
    payload: EventPayloads[Type];
    organizationId?: string;
  }): Promise<void> {
    const organizationId = event.organizationId ?? this.database.organizationId;
    if (!organizationId) throw new Error(`Event ${String(event.type)} needs an organization`);
    await this.repository.insert({
      id: uuidv7(),
      organizationId,
      type: event.type,
      subject: event.subject,
      payload: event.payload,
      requestId: currentRequestId() ?? null,
    });
  }

  /** How many events of these types concerned a person in the hour before that one. In the platform scope. */
  countInHourBefore(eventId: string, personId: string, types: EventType[]): Promise<number> {
    return this.repository.countInHourBefore(eventId, personId, types);
  }

  /** Takes out of the events about a person what tells who and where they were, in the open transaction in the platform scope. */
  forget(personId: string): Promise<void> {
    return this.repository.forget(personId);
  }
}
