import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Principal } from '../../platform/http/index.js';
import { ApiKeysService } from '../api-keys/index.js';
import { SessionsService } from '../sessions/index.js';
import { bearerTokenOf } from './bearer-token.js';

/** Those who were let in once and may have lost something since. */
@Injectable()
export class Callers {
  constructor(
    private readonly apiKeys: ApiKeysService,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * The caller as it is now. A session is asked for itself, not for its access token: that one may run out while it is served.
   * @throws ApiError when the credential is no good any more
   */
  async authenticateAgain(before: Principal, request: Request): Promise<Principal> {
    switch (before.kind) {
      case 'session':
        return this.sessions.authenticate({ sub: before.userId, sid: before.credentialId });
      case 'api_key':
      case 'internal':
        return this.apiKeys.authenticate(bearerTokenOf(request) ?? '');
      case 'operator':
        throw new Error('An operator sends no requests');
    }
  }
}
