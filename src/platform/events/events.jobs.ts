import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventDeliveries } from './event-deliveries.js';
import type { Delivery } from './events.repository.js';

export const EVENTS_QUEUE = 'events';
/** For subscribers that call other servers. If those hang, other subscribers are not delayed. */
export const OUTGOING_EVENTS_QUEUE = 'events-outgoing';

@Processor(EVENTS_QUEUE)
export class EventsJobs {
  constructor(private readonly deliveries: EventDeliveries) {}

  @Process({ concurrency: 8 })
  deliver({ data }: Job<Delivery>): Promise<void> {
    return this.deliveries.deliver(data, EVENTS_QUEUE);
  }
}

@Processor(OUTGOING_EVENTS_QUEUE)
export class OutgoingEventsJobs {
  constructor(private readonly deliveries: EventDeliveries) {}

  @Process({ concurrency: 5 })
  deliver({ data }: Job<Delivery>): Promise<void> {
    return this.deliveries.deliver(data, OUTGOING_EVENTS_QUEUE);
  }
}
