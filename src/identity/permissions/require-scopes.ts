import { ApiError } from '../../platform/errors/index.js';
import type { Principal } from './principal.js';
import type { Scope } from './scopes.js';

/** @throws ApiError INSUFFICIENT_SCOPE, which names the missing ones */
export function requireScopes({ scopes }: Principal, required: readonly Scope[]): void {
  const missing = required.filter((scope) => !scopes.has(scope));
  if (missing.length === 0) return;
  throw new ApiError('INSUFFICIENT_SCOPE', {
    detail: `This operation requires the ${missing.length === 1 ? 'scope' : 'scopes'} ${missing.join(' and ')}.`,
    details: { required: [...required], granted: [...scopes].sort() },
  });
}
