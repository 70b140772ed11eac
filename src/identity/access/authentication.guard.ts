import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import type { Principal } from '../../platform/http/index.js';
import { ApiKeysService } from '../api-keys/index.js';
import { SessionsService, TokenVerifier } from '../sessions/index.js';
import { setAuthenticationFailure } from './authentication-failure.js';
import { bearerTokenOf } from './bearer-token.js';
import { RouteRules } from './route-rules.js';

/** TurnService passport's outcome into the principal, or into the contract's 401. */
function principalOrThrow<User>(error: unknown, user: User | false, info: unknown): User {
  if (error) throw error as Error;
  if (user) return user;
  // A look-up of the key that failed: passport-jwt would have it that the token is wrong.
  if (info instanceof ApiError) throw info;
  const isExpired = info instanceof Error && info.name === 'TokenExpiredError';
  throw new ApiError(isExpired ? 'TOKEN_EXPIRED' : 'UNAUTHORIZED', {
    ...(!isExpired && { detail: 'The API key or access token is not valid.' }),
  });
}

class ApiKeyGuard extends AuthGuard('api-key') {
  override handleRequest = principalOrThrow;
}

class SessionGuard extends AuthGuard('session') {
  override handleRequest = principalOrThrow;
}

/**
 * Finds out who is calling, by the kind of credential that was sent. On public routes nobody is asked. What this process knows
 * already needs no passport, which costs as much as all the rest of the request's way. A
 * credential that is no good is refused by the AuthorizationGuard: the try has to be counted first.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  private readonly apiKeyGuard = new ApiKeyGuard();
  private readonly sessionGuard = new SessionGuard();

  constructor(
    private readonly routes: RouteRules,
    private readonly apiKeys: ApiKeysService,
    private readonly tokens: TokenVerifier,
    private readonly sessions: SessionsService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.routes.of(context).access.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    try {
      await this.authenticate(request, context);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      setAuthenticationFailure(request, error);
    }
    return true;
  }

  private async authenticate(request: Request, context: ExecutionContext): Promise<void> {
    const credential = bearerTokenOf(request);
    if (!credential) {
      const isBearer = /^bearer\b/i.test(request.headers.authorization ?? '');
      throw new ApiError(
        'UNAUTHORIZED',
        isBearer ? { detail: 'Send one token: `Authorization: Bearer <token>`.' } : {},
      );
    }
    const isKey = this.apiKeys.looksLikeKey(credential);
    const principal = isKey ? this.apiKeys.recall(credential) : await this.recallSession(credential);
    if (principal) request.user = principal;
    else await (isKey ? this.apiKeyGuard : this.sessionGuard).canActivate(context);
  }

  /** A token whose signature is known to be good goes past the verification, never past its session. */
  private async recallSession(token: string): Promise<Principal | undefined> {
    const claims = await this.tokens.recall(token);
    return claims && this.sessions.authenticate(claims);
  }
}
