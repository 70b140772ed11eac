import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import type { Principal } from '../permissions/index.js';
import { invalidToken } from './bearer-token.js';

interface Strategy {
  authenticate(request: Request): void;
}

/**
 * Has a passport strategy authenticate a token. The strategy is given nothing of the request but that token: a query or body
 * cannot bring another credential along, and the spelling of the header makes no difference.
 * @throws ApiError UNAUTHORIZED or TOKEN_EXPIRED, or what the strategy's `validate` throws
 */
export function askPassport(strategy: Strategy, token: string): Promise<Principal> {
  return new Promise((resolve, reject) => {
    // Passport itself does the same: each attempt inherits from the strategy and adds what it calls in the end.
    const attempt = Object.assign(Object.create(strategy) as Strategy, {
      success: resolve,
      error: reject,
      fail: (reason: unknown) => reject(refusalFor(reason)),
    });
    attempt.authenticate({ headers: { authorization: `Bearer ${token}` } } as Request);
  });
}

function refusalFor(reason: unknown): ApiError {
  // A look-up of the key that failed: passport-jwt would have it that the token is wrong.
  if (reason instanceof ApiError) return reason;
  const isExpired = reason instanceof Error && reason.name === 'TokenExpiredError';
  return isExpired ? new ApiError('TOKEN_EXPIRED') : invalidToken();
}
