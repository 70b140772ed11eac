import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Principal } from '../permissions/index.js';
import { ApiKeyResolver } from './api-key.resolver.js';
import { getBearerToken, invalidToken, isDpopScheme } from '../credentials/index.js';
import { OAuthAppResolver } from './oauth-app.resolver.js';
import { SessionResolver } from './session.resolver.js';

/** Identifies the caller with the resolver for the kind of credential. */
@Injectable()
export class Callers {
  private readonly resolvers: readonly (ApiKeyResolver | OAuthAppResolver | SessionResolver)[];

  constructor(
    private readonly apiKeys: ApiKeyResolver,
    private readonly apps: OAuthAppResolver,
    private readonly sessions: SessionResolver,
  ) {
    this.resolvers = [apiKeys, apps, sessions];
  }

  /**
   * The caller behind the credential of a request; not a promise if this process knows the caller.
   * @throws ApiError when the credential is missing or invalid
   */
  authenticate(request: Request): Principal | Promise<Principal> {
    const token = getBearerToken(request);
    const isDpop = isDpopScheme(request);
    const resolver = this.resolvers.find((each) => (!isDpop || each === this.apps) && each.recognizes(token));
    if (!resolver) throw invalidToken();
    return resolver.authenticate(token, request);
  }

  /**
   * The current state of a caller that was let in earlier and may have lost rights since.
   * @throws ApiError when the credential is no longer valid
   */
  async authenticateAgain(before: Principal, request: Request): Promise<Principal> {
    switch (before.kind) {
      case 'session':
        return this.sessions.authenticateAgain(before);
      case 'api_key':
      case 'internal':
        return this.apiKeys.authenticateAgain(before, getBearerToken(request));
      case 'oauth_app':
        return this.apps.authenticateAgain(before, getBearerToken(request));
      case 'operator':
        throw new Error('An operator sends no requests');
    }
  }
}
