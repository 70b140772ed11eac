import { Injectable } from '@nestjs/common';
import { ApiError } from '../../platform/errors/index.js';
import { isKeyPrincipal, type Principal } from '../permissions/index.js';
import { isWithinBlock } from '../../platform/http/index.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { boundByAncestors, MAX_ANCESTORS } from './lineage.js';

/** What a key may do, until when, from where and how often; null means unbounded. */
export type Grant = Pick<ApiKey, 'scopes' | 'expiresAt' | 'allowedIps' | 'rateLimit'>;

/** A caller that creates or widens a key grants no more than they have. A key has what its row and its ancestors allow. */
@Injectable()
export class GrantPolicy {
  constructor(private readonly keys: ApiKeysRepository) {}

  /**
   * Everything that this caller can grant. People and operators have scopes, but no other bounds.
   * @throws ApiError TOKEN_REVOKED for a key that has been revoked since the request arrived
   */
  async of(principal: Principal): Promise<Grant> {
    refuseApps(principal);
    const { credentialId, environment } = principal;
    if (!isKeyPrincipal(principal)) return unbounded(principal);
    const key = await this.keys.find(credentialId, environment);
    if (!key) throw new ApiError('TOKEN_REVOKED');
    return boundByAncestors(key, await this.keys.listAncestors(key));
  }

  /**
   * The same for a new key, which descends from the caller if that is a key. A concurrent revocation of one of its ancestors
   * waits until the new key exists, and finds it.
   * @throws ApiError TOKEN_REVOKED, FORBIDDEN
   */
  async forNewKey(principal: Principal): Promise<{ bounds: Grant; parentId: string | null }> {
    refuseApps(principal);
    const { credentialId } = principal;
    if (!isKeyPrincipal(principal)) return { bounds: unbounded(principal), parentId: null };
    const lineage = await this.keys.holdLineage(credentialId);
    const key = lineage.find(({ id }) => id === credentialId);
    if (!key || key.revokedAt) throw new ApiError('TOKEN_REVOKED');
    if (lineage.length > MAX_ANCESTORS) {
      throw new ApiError('FORBIDDEN', {
        detail: `A key can have at most ${MAX_ANCESTORS} other keys above it. Create this key with a key closer to the first.`,
      });
    }
    return { bounds: boundByAncestors(key, lineage), parentId: key.id };
  }
}

/** A key outlives the authorization of an app, so that ending the app would not end its access. */
function refuseApps({ kind }: Principal): void {
  if (kind !== 'oauth_app') return;
  throw new ApiError('FORBIDDEN', { detail: 'An OAuth app cannot create, widen or rotate API keys.' });
}

const unbounded = ({ scopes }: Principal): Grant => ({
  scopes: [...scopes],
  expiresAt: null,
  allowedIps: null,
  rateLimit: null,
});

/** @throws ApiError INSUFFICIENT_SCOPE or FORBIDDEN, which names the exceeded bound */
export function requireWithin(bounds: Grant, grant: Grant): void {
  const refusal = refusalOf(bounds, grant);
  if (refusal) throw refusal;
}

/** Whether a key could do more than before in any respect: more scopes, a later expiry, more addresses or a higher rate. */
export const isWider = (after: Grant, before: Grant): boolean => refusalOf(before, after) !== undefined;

function refusalOf(bounds: Grant, grant: Grant): ApiError | undefined {
  const missing = grant.scopes.filter((scope) => !bounds.scopes.includes(scope));
  if (missing.length > 0) {
    return new ApiError('INSUFFICIENT_SCOPE', {
      detail: `A key can only grant scopes that its creator has. Missing: ${missing.join(', ')}.`,
      details: { required: grant.scopes, granted: [...bounds.scopes].sort() },
    });
  }
  const { expiresAt, allowedIps, rateLimit } = bounds;
  if (expiresAt && !(grant.expiresAt && grant.expiresAt <= expiresAt)) {
    return beyond(`expires_at must be at or before ${expiresAt.toISOString()}`);
  }
  if (allowedIps) {
    const outside = grant.allowedIps?.find((entry) => !allowedIps.some((block) => isWithinBlock(entry, block)));
    if (!grant.allowedIps || outside) return beyond(`allowed_ips cannot include ${outside ?? 'every address'}`);
  }
  if (rateLimit !== null && (grant.rateLimit === null || grant.rateLimit > rateLimit)) {
    return beyond(`rate_limit must be at most ${rateLimit}`);
  }
  return undefined;
}

const beyond = (bound: string): ApiError =>
  new ApiError('FORBIDDEN', { detail: `A key can only grant what its creator has: ${bound}.` });
