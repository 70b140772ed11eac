import type { Redis } from '../../platform/redis/index.js';

/** The Redis key of the mark of an organization's last revocation: a random text that distinguishes revocations. */
export const revocationKey = (redis: Redis, billingOrganizationId: string): string =>
  redis.taggedKey(billingOrganizationId, 'credentials');
