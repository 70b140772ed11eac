import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis as Client, type RedisOptions } from 'ioredis';
import { Config } from '../config/index.js';
import { Logger } from '../telemetry/index.js';

/** Longer than this no command waits for a Redis that hangs; from then on it counts as away, until it answers again. */
const PATIENCE_MS = 2_000;

/** Connection to Redis for commands that a request waits for: they fail at once when Redis is away. */
@Injectable()
export class Redis implements OnApplicationShutdown {
  readonly client: Client;
  private readonly connections: Client[] = [];
  private readonly prefix: string;

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
  ) {
    this.prefix = config.get('REDIS_KEY_PREFIX');
    this.client = this.connect({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
    });
  }

  /** Whether Redis answers now. */
  get isAvailable(): boolean {
    return this.client.status === 'ready';
  }

  /** Name of a key of what belongs together: under one hash tag, so that a cluster keeps it on one node. */
  taggedKey(tag: string, ...parts: string[]): string {
    return `${this.prefix}:{${tag}}:${parts.join(':')}`;
  }

  /** Name of a key. */
  key(...parts: string[]): string {
    return `${this.prefix}:${parts.join(':')}`;
  }

  /** Opens a connection; it comes back by itself after Redis was away, and ends when the application shuts down. */
  connect(options: RedisOptions): Client {
    const client = new Client(this.config.get('REDIS_URL').replace(/^unix:\/\//, ''), {
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
      ...options,
    });
    client.on('error', (error) => this.logger.debug({ err: error }, 'redis connection'));
    this.connections.push(client);
    return client;
  }

  /** Bull leaves connections that it did not make itself open, so all of them end here: this module is the last to go. */
  onApplicationShutdown(): void {
    for (const connection of this.connections) connection.disconnect();
  }
}
