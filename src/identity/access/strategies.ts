import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { Strategy as JwtStrategy } from 'passport-jwt';
import type { Principal } from '../../platform/http/index.js';
import { ApiKeysService } from '../api-keys/index.js';
import { SessionsService, TokenVerifier, type SessionClaims } from '../sessions/index.js';
import { bearerTokenOf } from './bearer-token.js';

/** Programs: an API key as bearer token (RFC 6750). */
@Injectable()
export class ApiKeyStrategy extends PassportStrategy(BearerStrategy, 'api-key') {
  constructor(private readonly apiKeys: ApiKeysService) {
    super();
  }

  validate(key: string): Promise<Principal> {
    return this.apiKeys.authenticate(key);
  }
}

/** People: the access token of a session. */
@Injectable()
export class SessionStrategy extends PassportStrategy(JwtStrategy, 'session') {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly sessions: SessionsService,
  ) {
    super({
      jwtFromRequest: (request: Request) => bearerTokenOf(request) ?? null,
      passReqToCallback: true,
      ...tokens.options,
    });
  }

  async validate(request: Request, claims: SessionClaims & { iat: number; exp: number }): Promise<Principal> {
    this.tokens.remember(bearerTokenOf(request) as string, claims);
    return this.sessions.authenticate(claims);
  }
}
