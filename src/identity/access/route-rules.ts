import { Injectable, type ExecutionContext, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, RATE_RULE, STANDARD_RATE, type RateRule } from '../../platform/http/index.js';
import { RECENT_SIGN_IN, REQUIRED_TIER, type AccessRule, type Tier } from '../permissions/index.js';
import { SIGN_IN_ATTEMPT, type AttemptKind } from '../sign-in-attempts/index.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** What a route requires of its caller, and how much of the caller's limits it uses. */
interface Rules {
  access: AccessRule;
  rate: RateRule;
  tier?: Tier;
  /** How a call counts towards failed sign-ins. */
  attempt?: AttemptKind;
  /** Always, or when the body has one of these fields. */
  recentSignIn?: true | string[];
}

/** Reads the metadata of each route and its class once, because reading metadata is slow. */
@Injectable()
export class RouteRules {
  private readonly known = new WeakMap<Type, WeakMap<Handler, Rules>>();

  constructor(private readonly reflector: Reflector) {}

  /** The rules of the route being called. An access rule exists, or startup would have failed. */
  of(context: ExecutionContext): Rules {
    const controller = context.getClass();
    const handler = context.getHandler();
    return this.known.get(controller)?.get(handler) ?? this.learn(controller, handler);
  }

  private learn(controller: Type, handler: Handler): Rules {
    const find = <Value>(key: string): Value | undefined =>
      this.reflector.getAllAndOverride<Value | undefined>(key, [handler, controller]);
    const access = find<AccessRule>(ACCESS_RULE);
    if (!access) throw new Error(`${controller.name}.${handler.name} declares no access rule`);
    const [tier, recentSignIn] = [find<Tier>(REQUIRED_TIER), find<true | string[]>(RECENT_SIGN_IN)];
    const rate = find<RateRule>(RATE_RULE) ?? STANDARD_RATE;
    const attempt = find<AttemptKind>(SIGN_IN_ATTEMPT);
    const rules = {
      access,
      rate,
      ...(attempt && { attempt }),
      ...(tier && { tier }),
      ...(recentSignIn && { recentSignIn }),
    };
    const routes = this.known.get(controller) ?? new WeakMap<Handler, Rules>();
    this.known.set(controller, routes.set(handler, rules));
    return rules;
  }
}
