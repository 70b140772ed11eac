import { Injectable } from '@nestjs/common';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { Authorizations, AuthorizationsRepository } from '../authorizations/index.js';
import { AccessTokens } from './access-tokens.js';

/**
 * Introspection and revocation of access tokens. oidc-provider refuses tokens that it does not store, after it has
 * authenticated the client; their state is that of their authorization.
 */
@Injectable()
export class JwtTokens {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly authorizations: Authorizations,
    private readonly repository: AuthorizationsRepository,
  ) {}

  /** Replaces the refusal of a token that is a JWT, in the open transaction. */
  async complete(ctx: KoaContextWithOIDC): Promise<void> {
    if ((ctx.body as { error?: unknown } | undefined)?.error !== 'unsupported_token_type') return;
    const token = String(ctx.oidc.params?.['token']);
    const claims = await this.accessTokens.read(token);
    const isOwn = claims !== undefined && claims.client_id === ctx.oidc.client?.clientId;
    if (ctx.oidc.route === 'introspection') {
      ctx.status = 200;
      const isActive = isOwn && (await this.isActive(claims.authorization_id));
      ctx.body = isActive ? { active: true, token_type: claims.cnf ? 'DPoP' : 'Bearer', ...claims } : { active: false };
      return;
    }
    // A token of client credentials belongs to no authorization that could end.
    if (isOwn && claims.authorization_id === undefined) return;
    ctx.status = 200;
    ctx.body = '';
    if (!isOwn) return;
    const target = claims.authorization_id as string;
    await this.authorizations.end(target, { kind: 'user', id: claims.sub });
  }

  private async isActive(authorizationId: string | undefined): Promise<boolean> {
    return authorizationId === undefined || (await this.repository.find(authorizationId)) !== undefined;
  }
}
