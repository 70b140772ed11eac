import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis as Client, type RedisOptions } from 'ioredis';
import { Config } from '../config/index.js';
import { Logger } from '../telemetry/index.js';

/** Longest wait for a command if Redis hangs. After that Redis counts as unavailable until it replies again. */
const PATIENCE_MS = 2_000;

/** Connection to Redis for commands that requests wait for: they fail immediately if Redis is unavailable. */
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

  /** Whether Redis is replying. */
  get isAvailable(): boolean {
    return this.client.status === 'ready';
  }

  /** Name of a key with a hash tag. Keys with one tag are on one node of a cluster. */
  taggedKey(tag: string, ...parts: string[]): string {
    return `${this.prefix}:{${tag}}:${parts.join(':')}`;
  }

  /** Name of a key. */
  key(...parts: string[]): string {
    return `${this.prefix}:${parts.join(':')}`;
  }

  /** Opens a connection that reconnects by itself and ends with the application. */
  connect(options: RedisOptions): Client {
    const client = new Client(this.config.get('REDIS_URL').replace(/^unix:\/\//, ''), {
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
      ...options,
    });
    client.on('error', (error) => this.logger.debug({ err: error }, 'Redis connection failed'));
    this.connections.push(client);
    return client;
  }

  /** Bull does not close connections that it did not create. They all end here, because this module stops last. */
  onApplicationShutdown(): void {
    for (const connection of this.connections) connection.disconnect();
  }
}
