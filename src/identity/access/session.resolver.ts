import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import { Strategy } from 'passport-jwt';
import type { Principal, SessionPrincipal } from '../permissions/index.js';
import { SessionsService, TokenVerifier, type SessionClaims } from '../sessions/index.js';
import { askPassport } from './ask-passport.js';
import { bearerTokenOf } from '../credentials/index.js';
import type { CredentialResolver } from './credential-resolver.js';

@Injectable()
export class SessionStrategy extends PassportStrategy(Strategy, 'session') {
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

  validate(request: Request, claims: SessionClaims & { iat: number; exp: number }): Promise<Principal> {
    this.tokens.remember(bearerTokenOf(request) ?? '', claims);
    return this.sessions.authenticate(claims);
  }
}

/** Authenticates people by the access token of a session. For a token verified before, only the session is looked up. */
@Injectable()
export class SessionResolver implements CredentialResolver<SessionPrincipal> {
  constructor(
    private readonly tokens: TokenVerifier,
    private readonly sessions: SessionsService,
    private readonly strategy: SessionStrategy,
  ) {}

  /** A JWT in its compact form (RFC 7515). */
  recognizes(token: string): boolean {
    return token.split('.', 4).length === 3;
  }

  async authenticate(token: string): Promise<Principal> {
    const claims = await this.tokens.recall(token);
    return claims ? this.sessions.authenticate(claims) : askPassport(this.strategy, token);
  }

  /** Checks the session, not its access token, which may expire while the response is sent. */
  authenticateAgain({ userId, credentialId }: SessionPrincipal): Promise<Principal> {
    return this.sessions.authenticate({ sub: userId, sid: credentialId });
  }
}
