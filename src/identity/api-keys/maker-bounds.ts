import { Injectable } from '@nestjs/common';
import { ApiError } from '../../platform/errors/index.js';
import type { Principal } from '../../platform/http/index.js';
import { isWithinBlock } from './allowed-ips.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** What a key may do, until when, from where and how often; null is without a bound. */
export type Grant = Pick<ApiKey, 'scopes' | 'expiresAt' | 'allowedIps' | 'rateLimit'>;

/** Whoever makes, changes or rotates a key hands on no more than they have: a key no more than its row says. */
@Injectable()
export class MakerBounds {
  constructor(private readonly keys: ApiKeysRepository) {}

  /**
   * All that this caller has to hand on. People and operators have scopes, and no bounds.
   * @throws ApiError TOKEN_REVOKED for a key that has been revoked since the request came in
   */
  async of({ kind, scopes, credentialId, environment }: Principal): Promise<Grant> {
    if (kind !== 'api_key' && kind !== 'internal') {
      return { scopes: [...scopes], expiresAt: null, allowedIps: null, rateLimit: null };
    }
    const key = await this.keys.find(credentialId, environment);
    if (!key) throw new ApiError('TOKEN_REVOKED');
    return key;
  }
}

/** @throws ApiError INSUFFICIENT_SCOPE or FORBIDDEN, which names what lies beyond the bounds */
export function requireWithin(bounds: Grant, grant: Grant): void {
  const missing = grant.scopes.filter((scope) => !bounds.scopes.includes(scope));
  if (missing.length > 0) {
    const detail = `A key cannot grant what its maker lacks: ${missing.join(', ')}.`;
    throw new ApiError('INSUFFICIENT_SCOPE', { detail });
  }
  const { expiresAt, allowedIps, rateLimit } = bounds;
  if (expiresAt && !(grant.expiresAt && grant.expiresAt <= expiresAt)) {
    throw beyond(`expires_at can be ${expiresAt.toISOString()} at the latest`);
  }
  if (allowedIps) {
    const outside = grant.allowedIps?.find((entry) => !allowedIps.some((block) => isWithinBlock(entry, block)));
    if (!grant.allowedIps || outside) throw beyond(`allowed_ips cannot hold ${outside ?? 'every address'}`);
  }
  if (rateLimit !== null && (grant.rateLimit === null || grant.rateLimit > rateLimit)) {
    throw beyond(`rate_limit can be ${rateLimit} at most`);
  }
}

/** The bounds within which the caller may change this key: what it has already, it may keep. */
export const boundsOfChange = (bounds: Grant, key: Grant): Grant => ({
  scopes: [...bounds.scopes, ...key.scopes],
  expiresAt: bounds.expiresAt && key.expiresAt && (bounds.expiresAt > key.expiresAt ? bounds : key).expiresAt,
  allowedIps: bounds.allowedIps && key.allowedIps && [...bounds.allowedIps, ...key.allowedIps],
  rateLimit: bounds.rateLimit && key.rateLimit && Math.max(bounds.rateLimit, key.rateLimit),
});

const beyond = (bound: string): ApiError =>
  new ApiError('FORBIDDEN', { detail: `A key cannot hand on more than it has: ${bound}.` });
