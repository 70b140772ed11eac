import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

type RouteDecorator = MethodDecorator & ClassDecorator;

/** How a route counts against the rate limits. The guard of metering/limits reads it. */
export interface RateRule {
  /** Units per minute that one call takes; 0 for no limit. */
  cost: number;
  /**
   * Whether the route is for sign-in. Callers without a credential have a separate limit for these routes, and a limit
   * of failures.
   */
  isSignIn: boolean;
}

export const RATE_RULE = 'parlance:rate';

export const STANDARD_RATE: RateRule = { cost: 1, isSignIn: false };

/** Each call takes this number of units per minute instead of one. */
export const RateCost = (cost: number): RouteDecorator => Rate({ cost, isSignIn: false });

/** The route has no limit, such as health and metrics. */
export const Unlimited = (): RouteDecorator => Rate({ cost: 0, isSignIn: false });

/** Sets how calls of this route count. */
export function Rate(rule: RateRule): RouteDecorator {
  return applyDecorators(SetMetadata(RATE_RULE, rule), ApiExtension('x-rate-limit-cost', rule.cost));
}
