import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { JobOptions } from 'bull';
import { Redis } from '../redis/index.js';
import { QueueShutdown } from './queue-shutdown.js';
import { jobsPrefix } from './queue.keys.js';

/**
 * Rows hold state and jobs only carry ids. So finished and failed jobs leave Redis, and a sweep creates lost jobs
 * again.
 */
const DEFAULT_JOB: JobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: true,
  removeOnFail: true,
};

/** Bull's connection settings for all queues of this process. */
const connections = BullModule.forRootAsync({
  inject: [Redis],
  useFactory: (redis: Redis) => ({
    prefix: jobsPrefix(redis),
    defaultJobOptions: DEFAULT_JOB,
    // The job of a dead worker goes to another one after its lock expires.
    settings: { lockDuration: 15_000, stalledInterval: 10_000, maxStalledCount: 5 },
    createClient: (type) =>
      type === 'client'
        ? redis.connect({ maxRetriesPerRequest: 1, commandTimeout: 5_000 })
        : redis.connect({ maxRetriesPerRequest: null, enableReadyCheck: false }),
  }),
});

/** Only the application module imports it. */
@Module({ imports: [connections, DiscoveryModule], providers: [QueueShutdown] })
export class QueueModule {}

/** Registers one queue with a module. */
export const queue = (name: string): DynamicModule => BullModule.registerQueue({ name });
