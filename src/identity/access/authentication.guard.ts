import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import type { Principal } from '../permissions/index.js';
import { setAuthenticationFailure } from './authentication-failure.js';
import { Callers } from './callers.js';
import { RouteRules } from './route-rules.js';

/**
 * Sets the caller on the request; public routes skip this. The AuthorizationGuard rejects an invalid credential, because the
 * attempt must be counted first.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly routes: RouteRules,
    private readonly callers: Callers,
  ) {}

  /** Synchronous for a caller that this process knows: each promise on a request's path costs about a microsecond. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.routes.of(context).access.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const admit = (caller: Principal): boolean => {
      request.user = caller;
      return true;
    };
    const noteRefusal = (error: unknown): boolean => {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      setAuthenticationFailure(request, error);
      return true;
    };
    try {
      const caller = this.callers.authenticate(request);
      return caller instanceof Promise ? caller.then(admit, noteRefusal) : admit(caller);
    } catch (error) {
      return noteRefusal(error);
    }
  }
}
