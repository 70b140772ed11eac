import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Event } from './event.entity.js';
import type { EventType } from './events.service.js';

/** Reacts to events. `handle` runs in a transaction of the event's organization that also ticks off the delivery. */
export interface Subscriber {
  handle(event: Event): Promise<void>;
}

interface Subscription {
  /** Stays the same for ever. */
  name: string;
  types: EventType[];
  /** Runs `handle` outside any transaction. Should the process die before the tick in the ledger, it runs again. */
  detached?: true;
  /**
   * Speaks to other servers, and is therefore detached: one that hangs must not hold a connection to PostgreSQL. Its deliveries
   * have a queue of their own, so that they delay each other at most.
   */
  outgoing?: true;
}

/** Declares a class as the subscriber of these event types. */
export const Subscribes = DiscoveryService.createDecorator<Subscription>();

interface Known {
  types: ReadonlySet<string>;
  isDetached: boolean;
  isOutgoing: boolean;
  subscriber: Subscriber;
}

/** Who reacts to what, found once at boot. */
@Injectable()
export class Subscribers implements OnApplicationBootstrap {
  private readonly byName = new Map<string, Known>();

  constructor(private readonly discovery: DiscoveryService) {}

  onApplicationBootstrap(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: Subscribes.KEY })) {
      const declared = this.discovery.getMetadataByDecorator(Subscribes, wrapper);
      if (!declared) continue;
      const { detached = false, outgoing = false } = declared;
      this.byName.set(declared.name, {
        types: new Set<string>(declared.types),
        isDetached: detached || outgoing,
        isOutgoing: outgoing,
        subscriber: wrapper.instance as Subscriber,
      });
    }
  }

  namesFor(type: string): string[] {
    return [...this.byName].filter(([, { types }]) => types.has(type)).map(([name]) => name);
  }

  get(name: string): Omit<Known, 'types'> | undefined {
    return this.byName.get(name);
  }
}
