import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { OAuthAppPrincipal, Principal } from '../permissions/index.js';
import { OAuthAppAuthentication } from '../oauth/index.js';
import type { CredentialResolver } from './credential-resolver.js';

/** Authenticates third-party apps by OAuth access tokens (RFC 9068). */
@Injectable()
export class OAuthAppResolver implements CredentialResolver<OAuthAppPrincipal> {
  constructor(private readonly apps: OAuthAppAuthentication) {}

  recognizes(token: string): boolean {
    return this.apps.recognizes(token);
  }

  authenticate(token: string, request: Request): Principal | Promise<Principal> {
    return this.apps.recall(token, request) ?? this.apps.authenticate(token, request);
  }

  authenticateAgain(_before: OAuthAppPrincipal, token: string): Promise<Principal> {
    return this.apps.authenticateAgain(token);
  }
}
