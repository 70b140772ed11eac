import { Injectable, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { EventCatalogue, PayloadOf } from './event-catalogue.js';
import type { Event } from './event.entity.js';

/** An event as a subscriber gets it: its type tells what is in its payload. */
export type EventOf<Catalogue extends EventCatalogue, Types extends keyof Catalogue = keyof Catalogue> = {
  [Each in Types]: Omit<Event, 'type' | 'payload'> & { type: Each; payload: PayloadOf<Catalogue, Each> };
}[Types];

/** Reacts to events. `handle` runs in a transaction of the event's organization that also ticks off the delivery. */
export interface Subscriber<Catalogue extends EventCatalogue> {
  // Not a method: of those TypeScript would accept one that knows only some of the events.
  handle: (event: EventOf<Catalogue>) => Promise<void>;
}

interface Delivering {
  /** Stays the same for ever. */
  name: string;
  /** Runs `handle` outside any transaction. Should the process die before the tick in the ledger, it runs again. */
  detached?: true;
  /**
   * Speaks to other servers, and is therefore detached: one that hangs must not hold a connection to PostgreSQL. Its deliveries
   * have a queue of their own, so that they delay each other at most.
   */
  outgoing?: true;
}

const Subscription = DiscoveryService.createDecorator<Delivering & { types: string[] }>();

/** Declares a class as the subscriber of these events. */
export const Subscribes = <Catalogue extends EventCatalogue>({
  to,
  ...delivering
}: Delivering & { to: Catalogue }): ((subscriber: Type<Subscriber<Catalogue>>) => void) =>
  Subscription({ ...delivering, types: Object.keys(to) });

/** A subscriber whose events are not told apart. */
export interface Handler {
  handle(event: Event): Promise<void>;
}

interface Known {
  types: ReadonlySet<string>;
  isDetached: boolean;
  isOutgoing: boolean;
  subscriber: Handler;
}

/** Who reacts to what, found once at boot. */
@Injectable()
export class Subscribers implements OnApplicationBootstrap {
  private readonly byName = new Map<string, Known>();

  constructor(private readonly discovery: DiscoveryService) {}

  onApplicationBootstrap(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: Subscription.KEY })) {
      const declared = this.discovery.getMetadataByDecorator(Subscription, wrapper);
      if (!declared) continue;
      const { detached = false, outgoing = false } = declared;
      this.byName.set(declared.name, {
        types: new Set(declared.types),
        isDetached: detached || outgoing,
        isOutgoing: outgoing,
        subscriber: wrapper.instance as Handler,
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
