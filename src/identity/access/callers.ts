import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Principal } from '../permissions/index.js';
import { ApiKeyResolver } from './api-key.resolver.js';
import { getBearerToken, invalidToken } from './bearer-token.js';
import { SessionResolver } from './session.resolver.js';

/** Finds out who is calling, with the resolver of the credential's kind. */
@Injectable()
export class Callers {
  private readonly resolvers: readonly (ApiKeyResolver | SessionResolver)[];

  constructor(
    private readonly apiKeys: ApiKeyResolver,
    private readonly sessions: SessionResolver,
  ) {
    this.resolvers = [apiKeys, sessions];
  }

  /**
   * The caller behind the credential that a request carries; without a promise if this process knows it.
   * @throws ApiError when it carries none, or one that is no good
   */
  authenticate(request: Request): Principal | Promise<Principal> {
    const token = getBearerToken(request);
    const resolver = this.resolvers.find((each) => each.recognizes(token));
    if (!resolver) throw invalidToken();
    return resolver.authenticate(token);
  }

  /**
   * A caller as it is now, who was let in and may have lost something since.
   * @throws ApiError when the credential is no good any more
   */
  async authenticateAgain(before: Principal, request: Request): Promise<Principal> {
    switch (before.kind) {
      case 'session':
        return this.sessions.authenticateAgain(before);
      case 'api_key':
      case 'internal':
        return this.apiKeys.authenticateAgain(before, getBearerToken(request));
      case 'operator':
        throw new Error('An operator sends no requests');
    }
  }
}
