import { Injectable } from '@nestjs/common';
import type { Redis as Client } from 'ioredis';
import { Logger } from '../telemetry/index.js';
import { Redis } from './redis.js';

/** Tells every process at once (Redis pub/sub). For cache invalidation: a message may be lost, so caches expire too. */
@Injectable()
export class Broadcast {
  private readonly subscriber: Client;
  private readonly listeners = new Map<string, ((message: string) => void)[]>();

  constructor(
    private readonly redis: Redis,
    private readonly logger: Logger,
  ) {
    this.subscriber = redis.connect({ maxRetriesPerRequest: null });
    this.subscriber.on('message', (channel, message) => {
      for (const listener of this.listeners.get(channel) ?? []) listener(message);
    });
  }

  /** Whether messages of other processes reach this one now. While they don't, nothing may be served from a cache. */
  get isListening(): boolean {
    return this.subscriber.status === 'ready';
  }

  listen(topic: string, listener: (message: string) => void): void {
    const channel = this.redis.key('broadcast', topic);
    this.listeners.set(channel, [...(this.listeners.get(channel) ?? []), listener]);
    // ioredis subscribes again by itself after a reconnect.
    this.subscriber.subscribe(channel).catch((error: unknown) => this.logger.warn({ err: error }, 'subscribe failed'));
  }

  /** Tells all processes, this one included; this one at once, even without Redis. */
  send(topic: string, message: string): void {
    const channel = this.redis.key('broadcast', topic);
    for (const listener of this.listeners.get(channel) ?? []) listener(message);
    this.redis.client.publish(channel, message).catch((error: unknown) => {
      this.logger.warn(
        { err: error, topic },
        'broadcast not sent: other processes learn of it when their caches expire',
      );
    });
  }
}
