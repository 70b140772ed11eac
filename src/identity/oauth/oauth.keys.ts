import { createHash } from 'node:crypto';
import type { Redis } from '../../platform/redis/index.js';

/** Exists while a DPoP proof that was used could still be valid. */
export const dpopProofKey = (redis: Redis, thumbprint: string, jti: string): string =>
  redis.key('dpop', thumbprint, createHash('sha256').update(jti).digest('base64url'));
