import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Config } from '../../platform/config/index.js';
import { ApiError, inSeconds } from '../../platform/errors/index.js';
import { callerNetwork, type RateRule } from '../../platform/http/index.js';
import type { Claim, Decision } from './limit.js';
import { setLimitHeaders } from './limit-headers.js';
import { LimitsStorage } from './limits.storage.js';

/** Many people sign in and refresh their sessions from one address; far fewer mistype a password. */
const CALLS_PER_FAILURE = 30;

/** Limits per address for callers without a credential. */
@Injectable()
export class AddressLimit {
  constructor(
    private readonly limits: LimitsStorage,
    private readonly config: Config,
  ) {}

  claimOf({ cost, isSignIn }: Pick<RateRule, 'cost' | 'isSignIn'>): Claim {
    const requestsPerMinute = isSignIn
      ? CALLS_PER_FAILURE * this.config.get('LIMIT_SIGN_IN')
      : this.config.get('LIMIT_ADDRESS');
    return {
      subject: `${isSignIn ? 'sign-in' : 'address'}:${callerNetwork()}`,
      caller: 'stranger',
      requestsPerMinute,
      cost,
      requestId: this.limits.nextRequestId(),
    };
  }

  /** For pages, which are not routes. Other methods on their paths belong to routes. */
  readonly middleware = ({ method }: Request, response: Response, next: NextFunction): void => {
    if (method !== 'GET' && method !== 'HEAD') next();
    else this.take(response, false).then(() => next(), next);
  };

  /**
   * Takes one call, for what is not a route.
   * @throws ApiError RATE_LIMITED
   */
  async take(response: Response, isSignIn: boolean): Promise<void> {
    const decision = await this.limits.take(this.claimOf({ cost: 1, isSignIn }));
    setLimitHeaders(response, decision, 1);
    if (decision.refusedBy) throw rateLimited(decision);
  }
}

export function rateLimited({ retryAfterSeconds }: Pick<Decision, 'retryAfterSeconds'>): ApiError {
  const detail = `Rate limit exceeded. Try again in ${inSeconds(retryAfterSeconds)}.`;
  return new ApiError('RATE_LIMITED', { detail, retryAfterSeconds });
}
