import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

type RouteDecorator = MethodDecorator & ClassDecorator;

/** How a route counts against the rate limits. Read by the guard of metering/limits. */
export interface RateRule {
  /** Units of the minute that one call takes; 0 for a route that is not limited. */
  cost: number;
  /** Whether people sign in there: callers without a credential have calls of their own for that, and only few failures. */
  isSignIn: boolean;
}

export const RATE_RULE = 'parlance:rate';

export const STANDARD_RATE: RateRule = { cost: 1, isSignIn: false };

/** A call of this route takes so many units of the minute instead of one. */
export const RateCost = (cost: number): RouteDecorator => Rate({ cost, isSignIn: false });

/** This route is never limited: health, metrics. */
export const Unlimited = (): RouteDecorator => Rate({ cost: 0, isSignIn: false });

/** How calls of this route count. */
export function Rate(rule: RateRule): RouteDecorator {
  return applyDecorators(SetMetadata(RATE_RULE, rule), ApiExtension('x-rate-limit-cost', rule.cost));
}
