import type { Redis } from '../redis/index.js';

/** Prefix of all keys of Bull. They share one hash tag, because its scripts use several of them together. */
export const jobsPrefix = (redis: Redis): string => `{${redis.key('jobs')}}`;
