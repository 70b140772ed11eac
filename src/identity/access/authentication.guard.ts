import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import { setAuthenticationFailure } from './authentication-failure.js';
import { Callers } from './callers.js';
import { RouteRules } from './route-rules.js';

/**
 * Puts the caller on the request. On public routes nobody is asked. A credential that is no good is refused by the
 * AuthorizationGuard: the try has to be counted first.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly routes: RouteRules,
    private readonly callers: Callers,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.routes.of(context).access.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    try {
      request.user = await this.callers.authenticate(request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      setAuthenticationFailure(request, error);
    }
    return true;
  }
}
