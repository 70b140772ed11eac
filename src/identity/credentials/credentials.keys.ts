import type { Redis } from '../../platform/redis/index.js';

/** Where Redis keeps the mark of an organization's last revocation: a random text that tells one revocation from the next. */
export const revocationKey = (redis: Redis, billingOrganizationId: string): string =>
  redis.taggedKey(billingOrganizationId, 'credentials');
