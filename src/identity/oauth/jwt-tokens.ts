import { Injectable } from '@nestjs/common';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { Authorizations } from '../authorizations/index.js';
import { CredentialCache } from '../credentials/index.js';
import { AccessTokens, type AccessTokenClaims } from './access-tokens.js';
import { OAuthAppAuthentication } from './oauth-app-authentication.js';
import { RevokedTokensRepository } from './revoked-tokens.repository.js';

/**
 * Introspection and revocation of access tokens. oidc-provider refuses tokens that it does not store, after it has
 * authenticated the client; their state is that of their authorization, or their own if they have none.
 */
@Injectable()
export class JwtTokens {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly authorizations: Authorizations,
    private readonly apps: OAuthAppAuthentication,
    private readonly revokedTokens: RevokedTokensRepository,
    private readonly credentials: CredentialCache,
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
    ctx.status = 200;
    ctx.body = '';
    if (isOwn) await this.revoke(claims);
  }

  private async revoke(claims: AccessTokenClaims): Promise<void> {
    const { authorization_id: authorizationId, organization_id: organizationId, client_id: id, jti, exp } = claims;
    if (authorizationId !== undefined) {
      await this.authorizations.end(authorizationId, { kind: 'oauth_app', id });
      return;
    }
    await this.revokedTokens.insert(jti, exp);
    this.credentials.revoke([organizationId], `credential:${id}`);
  }
}
