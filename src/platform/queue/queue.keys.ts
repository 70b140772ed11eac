import type { Redis } from '../redis/index.js';

/** Begins every key of Bull: one hash tag for all, because its scripts use several of them together. */
export const jobsPrefix = (redis: Redis): string => `{${redis.key('jobs')}}`;
