import { Injectable } from '@nestjs/common';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { Authorizations } from '../authorizations/index.js';
import { AccessTokens } from './access-tokens.js';
import { OAuthAppAuthentication } from './oauth-app-authentication.js';

/**
 * Introspection and revocation of access tokens. oidc-provider refuses tokens that it does not store, after it has
 * authenticated the client; their state is that of their authorization.
 */
@Injectable()
export class JwtTokens {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly authorizations: Authorizations,
    private readonly apps: OAuthAppAuthentication,
  ) {}

  /** Replaces the refusal of a token that is a JWT, in the open transaction. */
  async complete(ctx: KoaContextWithOIDC): Promise<void> {
    if ((ctx.body as { error?: unknown } | undefined)?.error !== 'unsupported_token_type') return;
    const token = String(ctx.oidc.params?.['token']);
    const claims = await this.accessTokens.read(token);
    const isOwn = claims !== undefined && claims.client_id === ctx.oidc.client?.clientId;
    if (ctx.oidc.route === 'introspection') {
      ctx.status = 200;
      const scopes = isOwn ? await this.apps.findScopes(claims) : undefined;
      ctx.body =
        isOwn && scopes
          ? { active: true, token_type: claims.cnf ? 'DPoP' : 'Bearer', ...claims, scope: scopes.join(' ') }
          : { active: false };
      return;
    }
    // A token of client credentials belongs to no authorization that could end.
    if (isOwn && claims.authorization_id === undefined) return;
    ctx.status = 200;
    ctx.body = '';
    if (!isOwn) return;
    const target = claims.authorization_id as string;
    await this.authorizations.end(target, { kind: 'oauth_app', id: claims.client_id });
  }
}
