import { BullModule } from '@nestjs/bull';
import type { DynamicModule } from '@nestjs/common';
import type { JobOptions } from 'bull';
import { Redis } from '../redis/index.js';
import { jobsPrefix } from './queue.keys.js';

/** Rows hold the state of work, jobs only carry ids: what is done or given up leaves Redis, and a sweep brings back what was lost. */
const DEFAULT_JOB: JobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: true,
  removeOnFail: true,
};

/** Bull's connection settings for every queue of this process. Imported once, by the application module. */
export const QueueModule: DynamicModule = BullModule.forRootAsync({
  inject: [Redis],
  useFactory: (redis: Redis) => ({
    prefix: jobsPrefix(redis),
    defaultJobOptions: DEFAULT_JOB,
    // A worker found dead through its lock hands its job to another soon.
    settings: { lockDuration: 15_000, stalledInterval: 10_000, maxStalledCount: 5 },
    createClient: (type) =>
      type === 'client'
        ? redis.connect({ maxRetriesPerRequest: 1, commandTimeout: 5_000 })
        : redis.connect({ maxRetriesPerRequest: null, enableReadyCheck: false }),
  }),
});

/** Registers one queue with a module. */
export const queue = (name: string): DynamicModule => BullModule.registerQueue({ name });
