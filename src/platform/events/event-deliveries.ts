import { Injectable } from '@nestjs/common';
import { Database } from '../database/index.js';
import { Logger, Metrics } from '../telemetry/index.js';
import type { Event } from './event.entity.js';
import { EventsRepository, type Delivery } from './events.repository.js';
import { Subscribers, type Handler } from './subscribers.js';

/**
 * Delivers one event to one subscriber: exactly once, because what the subscriber writes and the completed delivery
 * commit together. A detached subscriber gets it at least once.
 */
@Injectable()
export class EventDeliveries {
  constructor(
    private readonly database: Database,
    private readonly repository: EventsRepository,
    private readonly subscribers: Subscribers,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  async deliver(delivery: Delivery, queue: string): Promise<void> {
    const known = this.subscribers.get(delivery.subscriber);
    const event = await this.database.asPlatform(() => this.repository.find(delivery.eventId));
    if (!known || !event) return;
    try {
      await (known.isDetached
        ? this.handleDetached(known.subscriber, event, delivery)
        : this.handleWithin(known.subscriber, event, delivery));
      this.metrics.jobs.inc({ queue, outcome: 'completed' });
    } catch (error) {
      this.metrics.jobs.inc({ queue, outcome: 'failed' });
      this.logger.warn({ err: error, ...delivery }, 'event subscriber failed');
      await this.database.asPlatform(() => this.repository.fail(delivery, String(error)));
      throw error;
    }
  }

  private handleWithin(subscriber: Handler, event: Event, delivery: Delivery): Promise<void> {
    return this.database.asTenant(event.organizationId, async () => {
      if (await this.repository.complete(delivery)) await subscriber.handle(event);
    });
  }

  private async handleDetached(subscriber: Handler, event: Event, delivery: Delivery): Promise<void> {
    if (!(await this.database.asPlatform(() => this.repository.isOpen(delivery)))) return;
    await subscriber.handle(event);
    await this.database.asPlatform(() => this.repository.complete(delivery));
  }
}
