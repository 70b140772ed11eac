import { Injectable } from '@nestjs/common';
import type { Redis as Client } from 'ioredis';
import { Logger } from '../telemetry/index.js';
import { broadcastChannel } from './broadcast.keys.js';
import { Redis } from './redis.js';

interface Listener {
  onMessage: (message: string) => void;
  onGap: () => void;
}

/** Sends messages to all processes (Redis pub/sub). For cache invalidation: a message can be lost, so caches also expire. */
@Injectable()
export class Broadcast {
  private readonly subscriber: Client;
  private readonly listeners = new Map<string, Listener[]>();
  private listening = false;

  constructor(
    private readonly redis: Redis,
    private readonly logger: Logger,
  ) {
    this.subscriber = redis.connect({ maxRetriesPerRequest: null, autoResubscribe: false });
    this.subscriber.on('ready', () => void this.subscribe());
    this.subscriber.on('close', () => (this.listening = false));
    this.subscriber.on('message', (channel, message) => {
      for (const { onMessage } of this.listeners.get(channel) ?? []) onMessage(message);
    });
  }

  /** Whether messages of other processes arrive. While they do not, do not use any cache. */
  get isListening(): boolean {
    return this.listening;
  }

  /** @param onGap called when messages arrive again after some may have been lost */
  listen(topic: string, onMessage: (message: string) => void, onGap: () => void): void {
    const channel = broadcastChannel(this.redis, topic);
    this.listeners.set(channel, [...(this.listeners.get(channel) ?? []), { onMessage, onGap }]);
    if (this.subscriber.status === 'ready') void this.subscribe();
  }

  /** Sends to all processes, including this one, which receives it immediately and even without Redis. */
  send(topic: string, message: string): void {
    const channel = broadcastChannel(this.redis, topic);
    for (const { onMessage } of this.listeners.get(channel) ?? []) onMessage(message);
    this.redis.client.publish(channel, message).catch((error: unknown) => {
      this.logger.warn(
        { err: error, topic },
        'broadcast not sent: other processes see the change when their caches expire',
      );
    });
  }

  private async subscribe(): Promise<void> {
    this.listening = false;
    try {
      if (this.listeners.size > 0) await this.subscriber.subscribe(...this.listeners.keys());
      this.listening = true;
      for (const { onGap } of [...this.listeners.values()].flat()) onGap();
    } catch (error) {
      this.logger.warn({ err: error }, 'Redis subscription failed');
    }
  }
}
