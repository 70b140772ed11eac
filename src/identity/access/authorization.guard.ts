import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import { principalOf } from '../../platform/http/index.js';
import { ruleOf } from './rule-of.js';

/** Lets the caller through if the route's rule allows it, and tells what is missing otherwise. */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const rule = ruleOf(this.reflector, context);
    if (rule.kind === 'public') return true;
    const principal = principalOf(context.switchToHttp().getRequest<Request>());
    if (rule.kind === 'session') {
      if (principal.kind === 'session') return true;
      throw new ApiError('FORBIDDEN', { detail: 'Only a signed-in person may do that, not an API key.' });
    }
    const missing = rule.scopes.filter((scope) => !principal.scopes.has(scope));
    if (missing.length === 0) return true;
    throw new ApiError('INSUFFICIENT_SCOPE', { detail: `This needs the scope ${missing.join(' and ')}.` });
  }
}
