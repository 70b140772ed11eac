import { Injectable, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { EventCatalogue, PayloadOf } from './event-catalogue.js';
import type { Event } from './event.entity.js';

/** An event as a subscriber receives it: `type` determines the type of `payload`. */
export type EventOf<Catalogue extends EventCatalogue, Types extends keyof Catalogue = keyof Catalogue> = {
  [Each in Types]: Omit<Event, 'type' | 'payload'> & { type: Each; payload: PayloadOf<Catalogue, Each> };
}[Types];

/** Reacts to events. `handle` runs in a transaction of the event's organization, which also completes the delivery. */
export interface Subscriber<Catalogue extends EventCatalogue> {
  // Not a method: TypeScript would accept a method that handles only some of the events.
  handle: (event: EventOf<Catalogue>) => Promise<void>;
}

interface Delivering {
  /** Stored in the ledger: never change it. */
  name: string;
  /** Runs `handle` outside any transaction. If the process dies before the delivery is completed, it runs again. */
  detached?: true;
  /**
   * Calls other servers, and is therefore detached: a server that hangs must not hold a connection to PostgreSQL. These
   * deliveries have a queue of their own, so that they delay only each other.
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

/** A subscriber without the types of its events. */
export interface Handler {
  handle(event: Event): Promise<void>;
}

interface Known {
  types: ReadonlySet<string>;
  isDetached: boolean;
  isOutgoing: boolean;
  subscriber: Handler;
}

/** All subscribers, found once at the start. */
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
