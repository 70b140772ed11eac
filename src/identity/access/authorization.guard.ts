import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import { setAccessWatch } from '../../platform/http/index.js';
import { setBodyRule } from '../../platform/body/index.js';
import {
  includesRole,
  includesTier,
  lacksRole,
  principalOf,
  RECENT_SIGN_IN_SECONDS,
  requireScopes,
  type AccessRule,
  type Principal,
  type Tier,
} from '../permissions/index.js';
import { requireAuthenticated } from './authentication-failure.js';
import { AccessWatcher } from './access-watcher.js';
import { RouteRules } from './route-rules.js';

/** Lets the caller through if the route's rule and conditions allow it; otherwise reports what is missing. */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(
    private readonly routes: RouteRules,
    private readonly watcher: AccessWatcher,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { access, tier, recentSignIn } = this.routes.of(context);
    if (access.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    requireAuthenticated(request);
    const require = (principal: Principal): void => {
      requireAccess(access, principal);
      requireTier(tier, principal);
    };
    require(principalOf(request));
    if (recentSignIn === true) requireRecentSignIn(request);
    else if (recentSignIn) {
      setBodyRule(request, (body) => {
        if (recentSignIn.some((field) => hasField(body, field))) requireRecentSignIn(request);
      });
    }
    setAccessWatch(request, (onRefused) => this.watcher.watch(request, require, onRefused));
    return true;
  }
}

/** The body has been read, but not validated yet. */
const hasField = (body: unknown, field: string): boolean => typeof body === 'object' && body !== null && field in body;

function requireAccess(rule: Exclude<AccessRule, { kind: 'public' }>, principal: Principal): void {
  if (rule.kind === 'scopes') return requireScopes(principal, rule.scopes);
  if (principal.kind !== 'session') {
    throw new ApiError('FORBIDDEN', {
      detail: 'This operation requires a signed-in user. API keys and OAuth apps are not allowed.',
    });
  }
  if (rule.kind === 'role' && !includesRole(principal.role, rule.role)) {
    throw lacksRole(rule.role);
  }
  if (rule.kind === 'superuser' && !principal.isSuperuser) {
    throw new ApiError('FORBIDDEN', { detail: 'This operation requires a superuser.' });
  }
}

function requireTier(tier: Tier | undefined, { plan }: Principal): void {
  if (!tier || includesTier(plan, tier)) return;
  throw new ApiError('UPGRADE_REQUIRED', {
    detail: `This operation requires the plan ${tier} or higher. The organization is on the plan ${plan}.`,
  });
}

/** A program proves who it is with each request. */
function isRecent(principal: Principal): boolean {
  switch (principal.kind) {
    case 'session':
      return Date.now() - principal.authenticatedAt < RECENT_SIGN_IN_SECONDS * 1000;
    case 'api_key':
    case 'internal':
    case 'oauth_app':
    case 'operator':
      return true;
  }
}

/** Step-up as in RFC 9470, but with the contract's 403: on a 401, a client would refresh its token, which does not help. */
function requireRecentSignIn(request: Request): void {
  if (isRecent(principalOf(request))) return;
  const challenge = `Bearer realm="parlance", error="insufficient_user_authentication", max_age="${RECENT_SIGN_IN_SECONDS}"`;
  request.res?.setHeader('WWW-Authenticate', challenge);
  throw new ApiError('FORBIDDEN', {
    detail:
      'This operation requires a sign-in within the last 15 minutes. Confirm your password at `POST /auth/reauthenticate`, then try again.',
  });
}
