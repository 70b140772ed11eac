import type { ApiKey } from './api-key.entity.js';

/** From so many keys a key can descend: each has a say in every request. */
export const MAX_ANCESTORS = 8;

/** A key with the time and rate that it really has: it ends when a key does from which it descends, and shares their limits. */
export function boundByAncestors(key: ApiKey, ancestors: ApiKey[]): ApiKey {
  const line = [key, ...ancestors];
  const ends = line.flatMap(({ expiresAt }) => (expiresAt ? [expiresAt.getTime()] : []));
  const limits = line.flatMap(({ rateLimit }) => rateLimit ?? []);
  return {
    ...key,
    expiresAt: ends.length > 0 ? new Date(Math.min(...ends)) : null,
    rateLimit: limits.length > 0 ? Math.min(...limits) : null,
  };
}
