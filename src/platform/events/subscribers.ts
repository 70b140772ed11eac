import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Event } from './event.entity.js';
import type { EventType } from './events.service.js';

/** Reacts to events. `handle` runs in a transaction of the event's organization that also ticks off the delivery. */
export interface Subscriber {
  handle(event: Event): Promise<void>;
}

/** Declares a class as the subscriber of these event types, under a name that stays the same for ever. */
export const Subscribes = DiscoveryService.createDecorator<{ name: string; types: EventType[] }>();

/** Who reacts to what, found once at boot. */
@Injectable()
export class Subscribers implements OnApplicationBootstrap {
  private readonly byName = new Map<string, { types: ReadonlySet<string>; subscriber: Subscriber }>();

  constructor(private readonly discovery: DiscoveryService) {}

  onApplicationBootstrap(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: Subscribes.KEY })) {
      const declared = this.discovery.getMetadataByDecorator(Subscribes, wrapper);
      if (!declared) continue;
      this.byName.set(declared.name, {
        types: new Set<string>(declared.types),
        subscriber: wrapper.instance as Subscriber,
      });
    }
  }

  namesFor(type: string): string[] {
    return [...this.byName].filter(([, { types }]) => types.has(type)).map(([name]) => name);
  }

  get(name: string): Subscriber | undefined {
    return this.byName.get(name)?.subscriber;
  }
}
