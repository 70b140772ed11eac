import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { queue } from '../queue/index.js';
import { EventDeliveries } from './event-deliveries.js';
import { EventRelay } from './event-relay.js';
import { EVENTS_QUEUE, EventsJobs, OUTGOING_EVENTS_QUEUE, OutgoingEventsJobs } from './events.jobs.js';
import { EventsRepository } from './events.repository.js';
import { Events } from './events.service.js';
import { Subscribers } from './subscribers.js';

export { EventDelivery } from './event-delivery.entity.js';
export { Event } from './event.entity.js';
export { Events, type EventPayloads } from './events.service.js';
export { Subscribes, type Subscriber } from './subscribers.js';

@Global()
@Module({ providers: [Events, EventsRepository], exports: [Events, EventsRepository] })
export class EventsModule {}

/** The worker's half: relay and delivery. */
@Module({
  imports: [DiscoveryModule, queue(EVENTS_QUEUE), queue(OUTGOING_EVENTS_QUEUE)],
  providers: [Subscribers, EventRelay, EventDeliveries, EventsJobs, OutgoingEventsJobs],
})
export class EventsWorkerModule {}
