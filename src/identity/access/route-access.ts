import { Injectable, type ExecutionContext, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, RECENT_SIGN_IN, REQUIRED_TIER, type AccessRule, type Tier } from '../../platform/http/index.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** What a route asks of its caller. */
interface Requirements {
  rule: AccessRule;
  tier?: Tier;
  /** Always, or when the body has that field. */
  recentSignIn?: true | string;
}

/** Reads once per route what stands at it and its class: metadata is slow to read. */
@Injectable()
export class RouteAccess {
  private readonly known = new WeakMap<Type, WeakMap<Handler, Requirements>>();

  constructor(private readonly reflector: Reflector) {}

  /** Of the route being called. The absence of a rule would have stopped the boot. */
  of(context: ExecutionContext): Requirements {
    const controller = context.getClass();
    const handler = context.getHandler();
    return this.known.get(controller)?.get(handler) ?? this.learn(controller, handler);
  }

  private learn(controller: Type, handler: Handler): Requirements {
    const find = <Value>(key: string): Value | undefined =>
      this.reflector.getAllAndOverride<Value | undefined>(key, [handler, controller]);
    const rule = find<AccessRule>(ACCESS_RULE);
    if (!rule) throw new Error(`${controller.name}.${handler.name} declares no access rule`);
    const [tier, recentSignIn] = [find<Tier>(REQUIRED_TIER), find<true | string>(RECENT_SIGN_IN)];
    const requirements = { rule, ...(tier && { tier }), ...(recentSignIn && { recentSignIn }) };
    const routes = this.known.get(controller) ?? new WeakMap<Handler, Requirements>();
    this.known.set(controller, routes.set(handler, requirements));
    return requirements;
  }
}
