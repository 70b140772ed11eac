import { Global, Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { queue } from '../queue/index.js';
import type { EventCatalogue } from './event-catalogue.js';
import { EventDefinitions } from './event-definitions.js';
import { EventDeliveries } from './event-deliveries.js';
import { EventRelay } from './event-relay.js';
import { EVENTS_QUEUE, EventsJobs, OUTGOING_EVENTS_QUEUE, OutgoingEventsJobs } from './events.jobs.js';
import { EventsRepository } from './events.repository.js';
import { Events } from './events.service.js';
import { Subscribers } from './subscribers.js';

export { defineEvents, pickEvents, type PayloadOf } from './event-catalogue.js';
export { EventDelivery } from './event-delivery.entity.js';
export { Event } from './event.entity.js';
export { Events } from './events.service.js';
export { Subscribes, type EventOf, type Subscriber } from './subscribers.js';

@Global()
@Module({})
export class EventsModule {
  /** @param catalogues the events of all modules */
  static forRoot(catalogues: EventCatalogue[]): DynamicModule {
    return {
      module: EventsModule,
      providers: [
        { provide: EventDefinitions, useFactory: () => new EventDefinitions(catalogues) },
        Events,
        EventsRepository,
      ],
      exports: [Events, EventsRepository],
    };
  }
}

/** The worker's half: relay and delivery. */
@Module({
  imports: [DiscoveryModule, queue(EVENTS_QUEUE), queue(OUTGOING_EVENTS_QUEUE)],
  providers: [Subscribers, EventRelay, EventDeliveries, EventsJobs, OutgoingEventsJobs],
})
export class EventsWorkerModule {}
