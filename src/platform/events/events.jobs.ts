import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { Database } from '../database/index.js';
import { Logger, Metrics } from '../telemetry/index.js';
import type { Event } from './event.entity.js';
import { EventsRepository, type Delivery } from './events.repository.js';
import { Subscribers, type Subscriber } from './subscribers.js';

export const EVENTS_QUEUE = 'events';
export type DeliverEvent = Delivery;

/**
 * Hands one event to one subscriber. What the subscriber writes and the tick in the ledger commit together: exactly once;
 * unless it is detached: at least once.
 */
@Processor(EVENTS_QUEUE)
export class EventsJobs {
  constructor(
    private readonly database: Database,
    private readonly repository: EventsRepository,
    private readonly subscribers: Subscribers,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  @Process({ concurrency: 8 })
  async deliver({ data: delivery }: Job<DeliverEvent>): Promise<void> {
    const known = this.subscribers.get(delivery.subscriber);
    const event = await this.database.asPlatform(() => this.repository.find(delivery.eventId));
    if (!known || !event) return;
    try {
      await (known.isDetached
        ? this.handleDetached(known.subscriber, event, delivery)
        : this.handleWithin(known.subscriber, event, delivery));
      this.metrics.jobs.inc({ queue: EVENTS_QUEUE, outcome: 'completed' });
    } catch (error) {
      this.metrics.jobs.inc({ queue: EVENTS_QUEUE, outcome: 'failed' });
      this.logger.warn({ err: error, ...delivery }, 'event subscriber failed');
      await this.database.asPlatform(() => this.repository.fail(delivery, String(error)));
      throw error;
    }
  }

  private handleWithin(subscriber: Subscriber, event: Event, delivery: Delivery): Promise<void> {
    return this.database.asTenant(event.organizationId, async () => {
      if (await this.repository.complete(delivery)) await subscriber.handle(event);
    });
  }

  private async handleDetached(subscriber: Subscriber, event: Event, delivery: Delivery): Promise<void> {
    if (!(await this.database.asPlatform(() => this.repository.isOpen(delivery)))) return;
    await subscriber.handle(event);
    await this.database.asPlatform(() => this.repository.complete(delivery));
  }
}
