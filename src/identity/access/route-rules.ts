import { Injectable, type ExecutionContext, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, RATE_RULE, STANDARD_RATE, type RateRule } from '../../platform/http/index.js';
import { RECENT_SIGN_IN, REQUIRED_TIER, type AccessRule, type Tier } from '../permissions/index.js';
import { SIGN_IN_ATTEMPT, type AttemptKind } from '../sign-in-attempts/index.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** What a route asks of its caller, and how much of the caller's limits it takes. */
interface Rules {
  access: AccessRule;
  rate: RateRule;
  tier?: Tier;
  /** How it counts against the failures at sign-in. */
  attempt?: AttemptKind;
  /** Always, or when the body has one of these fields. */
  recentSignIn?: true | string[];
}

/** Reads once per route what stands at it and its class: metadata is slow to read. */
@Injectable()
export class RouteRules {
  private readonly known = new WeakMap<Type, WeakMap<Handler, Rules>>();

  constructor(private readonly reflector: Reflector) {}

  /** Of the route being called. The absence of a rule would have stopped the boot. */
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
