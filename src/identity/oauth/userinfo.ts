import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiError } from '../../platform/errors/index.js';
import { getBearerToken } from '../credentials/index.js';
import { AccessTokens } from './access-tokens.js';
import { OAuthAccounts } from './oauth-accounts.js';
import { OAuthAppAuthentication } from './oauth-app-authentication.js';
import { CLAIMS } from './oauth-clients.js';

/** Tells an app about the person who let it in (OpenID Connect Core, 5.3), by an access token of the API. */
@Injectable()
export class Userinfo {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly apps: OAuthAppAuthentication,
    private readonly accounts: OAuthAccounts,
  ) {}

  async answer(request: Request, response: Response): Promise<void> {
    try {
      const token = getBearerToken(request);
      await this.apps.authenticate(token, request);
      const { sub, scope = '', authorization_id: grantId } = this.tokens.decode(token);
      const scopes = scope.split(' ');
      if (!scopes.includes('openid')) return refuse(response, 403, 'insufficient_scope');
      const account = await this.accounts.find(request, sub, grantId);
      if (!account) throw new ApiError('UNAUTHORIZED');
      const shown = scopes.flatMap((each) => CLAIMS[each] ?? []);
      const claims = Object.entries(await account.claims('userinfo', scope, {}, []));
      response.json(Object.fromEntries(claims.filter(([name]) => shown.includes(name))));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      refuse(response, 401, 'invalid_token');
    }
  }
}

function refuse(response: Response, status: number, error: string): void {
  response.setHeader('WWW-Authenticate', `Bearer error="${error}"`);
  response.status(status).json({ error });
}
