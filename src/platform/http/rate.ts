import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';

type RouteDecorator = MethodDecorator & ClassDecorator;

/** How a route counts against the rate limits. Read by the guard of metering/limits. */
export interface RateRule {
  /** Units of the minute that one call takes; 0 for a route that is not limited. */
  cost: number;
  /** Whether somebody might guess there: of callers without a credential it takes far fewer calls. */
  isSignIn: boolean;
}

export const RATE_RULE = 'parlance:rate';

export const STANDARD_RATE: RateRule = { cost: 1, isSignIn: false };

/** A call of this route takes so many units of the minute instead of one. */
export const RateCost = (cost: number): RouteDecorator => rate({ cost, isSignIn: false });

/** This route is never limited: health, metrics. */
export const Unlimited = (): RouteDecorator => rate({ cost: 0, isSignIn: false });

/** Sign-in and token endpoints: few calls a minute and address, all of them together. */
export const RateOfSignIn = (): RouteDecorator => rate({ cost: 1, isSignIn: true });

function rate(rule: RateRule): RouteDecorator {
  return applyDecorators(SetMetadata(RATE_RULE, rule), ApiExtension('x-rate-limit-cost', rule.cost));
}
