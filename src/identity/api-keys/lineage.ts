import type { ApiKey } from './api-key.entity.js';

/** The maximum number of ancestors of a key: each one is checked on every request. */
export const MAX_ANCESTORS = 8;

/** A key with its effective expiry and rate limit: the earliest and lowest among its own and its ancestors'. */
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
