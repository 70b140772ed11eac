import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import { setRefusal } from '../../platform/http/index.js';
import { ApiKeysService } from '../api-keys/index.js';
import { bearerTokenOf } from './bearer-token.js';
import { ruleOf } from './rule-of.js';

/** Turns passport's outcome into the principal, or into the contract's 401. */
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
 * Finds out who is calling, by the kind of credential that was sent. On public routes nobody is asked. A credential that is no
 * good is answered by the next guard, which counts the try first.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  private readonly apiKeyGuard = new ApiKeyGuard();
  private readonly sessionGuard = new SessionGuard();

  constructor(
    private readonly reflector: Reflector,
    private readonly apiKeys: ApiKeysService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (ruleOf(this.reflector, context).kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    try {
      await this.authenticate(bearerTokenOf(request), context);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      setRefusal(request, error);
    }
    return true;
  }

  private async authenticate(credential: string | undefined, context: ExecutionContext): Promise<void> {
    if (!credential) throw new ApiError('UNAUTHORIZED');
    const guard = this.apiKeys.looksLikeKey(credential) ? this.apiKeyGuard : this.sessionGuard;
    await guard.canActivate(context);
  }
}
