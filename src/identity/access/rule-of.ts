import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule } from '../../platform/http/index.js';

/** The access rule of the route being called. Its absence would have stopped the boot. */
export function ruleOf(reflector: Reflector, context: ExecutionContext): AccessRule {
  const rule = reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
    context.getHandler(),
    context.getClass(),
  ]);
  if (!rule) throw new Error(`${context.getClass().name}.${context.getHandler().name} declares no access rule`);
  return rule;
}
