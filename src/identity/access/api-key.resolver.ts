import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import type { KeyPrincipal, Principal } from '../permissions/index.js';
import { ApiKeyAuthenticationService } from '../api-keys/index.js';
import { askPassport } from './ask-passport.js';
import type { CredentialResolver } from './credential-resolver.js';

@Injectable()
export class ApiKeyStrategy extends PassportStrategy(Strategy, 'api-key') {
  constructor(private readonly apiKeys: ApiKeyAuthenticationService) {
    super();
  }

  validate(key: string): Promise<Principal> {
    return this.apiKeys.authenticate(key);
  }
}

/** Authenticates programs by an API key as bearer token (RFC 6750). A key cached in this process skips Passport. */
@Injectable()
export class ApiKeyResolver implements CredentialResolver<KeyPrincipal> {
  constructor(
    private readonly apiKeys: ApiKeyAuthenticationService,
    private readonly strategy: ApiKeyStrategy,
  ) {}

  recognizes(token: string): boolean {
    return this.apiKeys.recognizes(token);
  }

  authenticate(token: string): Principal | Promise<Principal> {
    return this.apiKeys.recall(token) ?? askPassport(this.strategy, token);
  }

  authenticateAgain(_before: KeyPrincipal, token: string): Promise<Principal> {
    return this.apiKeys.authenticate(token);
  }
}
