import type { Redis } from '../../platform/redis/index.js';
import type { Claim } from './limit.js';

type Whose = Pick<Claim, 'subject' | 'caller'>;

/** The bucket of requests per minute: the amount used at a given time, as `used:at`. */
export const bucketKey = (redis: Redis, { subject, caller }: Whose): string =>
  redis.taggedKey(subject, 'minute', caller);

/** The same for an API key with its own limit. */
export const bucketOfApiKeyKey = (redis: Redis, subject: string, apiKeyId: string): string =>
  redis.taggedKey(subject, 'minute', apiKeyId);

/** Sorted set: ids of requests in flight, by the time at which their lease expires. */
export const inFlightKey = (redis: Redis, { subject, caller }: Whose): string =>
  redis.taggedKey(subject, 'in-flight', caller);

/** Number of requests on a day. */
export const requestsOfDayKey = (redis: Redis, { subject, caller }: Whose, day: string): string =>
  redis.taggedKey(subject, 'requests', caller, day);

/** Sorted set: ids of the processes that serve requests, by the time at which each counts as dead. */
export const processesKey = (redis: Redis): string => redis.key('processes');
