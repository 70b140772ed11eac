import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import type { Principal } from '../permissions/index.js';
import { invalidToken } from '../credentials/index.js';

interface Strategy {
  authenticate(request: Request): void;
}

/**
 * Has a Passport strategy authenticate a token. The strategy receives only that token: a query or body cannot supply another
 * credential, and the spelling of the header does not matter.
 * @throws ApiError UNAUTHORIZED or TOKEN_EXPIRED, or what the strategy's `validate` throws
 */
export function askPassport(strategy: Strategy, token: string): Promise<Principal> {
  return new Promise((resolve, reject) => {
    // As Passport does: each attempt inherits from the strategy and adds the callbacks that report the result.
    const attempt = Object.assign(Object.create(strategy) as Strategy, {
      success: resolve,
      error: reject,
      fail: (reason: unknown) => reject(refusalFor(reason)),
    });
    attempt.authenticate({ headers: { authorization: `Bearer ${token}` } } as Request);
  });
}

function refusalFor(reason: unknown): ApiError {
  // The key look-up failed; passport-jwt would report an invalid token.
  if (reason instanceof ApiError) return reason;
  const isExpired = reason instanceof Error && reason.name === 'TokenExpiredError';
  return isExpired ? new ApiError('TOKEN_EXPIRED') : invalidToken();
}
