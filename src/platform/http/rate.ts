import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { ApiProblems } from './access.js';

type RouteDecorator = MethodDecorator & ClassDecorator;

/** How a route counts against the rate limits. Read by the guard of metering/limits. */
export interface RateRule {
  /** Units of the minute that one call takes; 0 for a route that is not limited. */
  cost: number;
  /** Calls per minute and address, for routes that nobody needs a credential for. */
  perAddress: number;
}

export const RATE_RULE = 'parlance:rate';

export const STANDARD_RATE: RateRule = { cost: 1, perAddress: 60 };

/** A call of this route takes so many units of the minute instead of one. */
export const RateCost = (cost: number): RouteDecorator => rate({ ...STANDARD_RATE, cost });

/** This route is never limited: health, metrics. */
export const Unlimited = (): RouteDecorator => SetMetadata(RATE_RULE, { ...STANDARD_RATE, cost: 0 } satisfies RateRule);

/** Sign-in and token endpoints, where somebody might guess: 10 calls a minute and address, all of them together. */
export const RateOfSignIn = (): RouteDecorator => rate({ cost: 1, perAddress: 10 });

function rate(rule: RateRule): RouteDecorator {
  return applyDecorators(SetMetadata(RATE_RULE, rule), ApiExtension('x-rate-limit', rule), ApiProblems(429));
}
