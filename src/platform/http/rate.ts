import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { ApiProblems } from './access.js';

type RouteDecorator = MethodDecorator & ClassDecorator;

/** How a route counts against the rate limits. Read by the guard of metering/limits. */
export interface RateRule {
  /** Units of the minute that one call takes; 0 for a route that is not limited. */
  cost: number;
  /** Whether people sign in there: callers without a credential have calls of their own for that, and only few failures. */
  isSignIn: boolean;
}

/**
 * How a route counts against the failures at sign-in of an address.
 * - `password`: somebody may guess, and each try is costly. It is let in only while one more may fail.
 * - `token`: nobody guesses one, and to look is cheap. A good one is never held up by the failures of others; a bad one counts.
 * - `call`: each call counts, since it does something that the caller has no right to yet: makes an account, sends a mail.
 */
export type AttemptKind = 'password' | 'token' | 'call';

export const RATE_RULE = 'parlance:rate';
export const SIGN_IN_ATTEMPT = 'parlance:sign-in-attempt';

export const STANDARD_RATE: RateRule = { cost: 1, isSignIn: false };

/** A call of this route takes so many units of the minute instead of one. */
export const RateCost = (cost: number): RouteDecorator => rate({ cost, isSignIn: false });

/** This route is never limited: health, metrics. */
export const Unlimited = (): RouteDecorator => rate({ cost: 0, isSignIn: false });

/** Sign-in and token endpoints, for callers without a credential: many calls a minute and address, and few failures. */
export const RateOfSignIn = (kind: AttemptKind): RouteDecorator =>
  applyDecorators(rate({ cost: 1, isSignIn: true }), SetMetadata(SIGN_IN_ATTEMPT, kind), ApiProblems(429));

/** This route asks a signed-in person for the password once more: who gives a wrong one has failed to sign in. */
export const ChecksPassword = (): RouteDecorator =>
  applyDecorators(SetMetadata(SIGN_IN_ATTEMPT, 'password' satisfies AttemptKind), ApiProblems(429));

function rate(rule: RateRule): RouteDecorator {
  return applyDecorators(SetMetadata(RATE_RULE, rule), ApiExtension('x-rate-limit-cost', rule.cost));
}
