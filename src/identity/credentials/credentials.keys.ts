import type { Redis } from '../../platform/redis/index.js';

/** The Redis key of the mark of an organization's last revocation: a random text that distinguishes revocations. */
export const revocationKey = (redis: Redis, billingOrganizationId: string): string =>
  redis.taggedKey(billingOrganizationId, 'credentials');

/** The Redis key of the organizations in which callers act that depend on a subject of another organization. */
export const holdersKey = (redis: Redis, subject: string): string => redis.key('credential-holders', subject);
