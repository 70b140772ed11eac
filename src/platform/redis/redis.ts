import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis as Client, type RedisOptions } from 'ioredis';
import { Config } from '../config/index.js';
import { Logger } from '../telemetry/index.js';

/** Connection to Redis for commands that a request waits for: they fail at once when Redis is away. */
@Injectable()
export class Redis implements OnApplicationShutdown {
  readonly client: Client;

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
  ) {
    this.client = this.connect({ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 2_000 });
  }

  /** Whether Redis answers now. */
  get isAvailable(): boolean {
    return this.client.status === 'ready';
  }

  /** Name of a key; what belongs to one organization shares a hash tag, so that a cluster keeps it on one node. */
  key(...parts: string[]): string {
    return [this.config.get('REDIS_KEY_PREFIX'), ...parts].join(':');
  }

  /** Opens a further connection; it comes back by itself after Redis was away. */
  connect(options: RedisOptions): Client {
    const client = new Client(this.config.get('REDIS_URL').replace(/^unix:\/\//, ''), {
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
      ...options,
    });
    client.on('error', (error) => this.logger.debug({ err: error }, 'redis connection'));
    return client;
  }

  onApplicationShutdown(): void {
    this.client.disconnect();
  }
}
