import type { KoaContextWithOIDC } from 'oidc-provider';
import { allScopes } from '../permissions/index.js';
import type { OidcProvider } from './load-oidc-provider.js';
import { OPENID_SCOPES, type ClientExtras } from './oauth-clients.js';

/** All scopes of this server. */
export const SCOPES: readonly string[] = [...OPENID_SCOPES, ...allScopes];

/** The scopes that a client may have. */
export function scopesOf(client: object): readonly string[] {
  const allowed = (client as ClientExtras).allowed_scope?.split(' ');
  return allowed ? SCOPES.filter((scope) => allowed.includes(scope)) : SCOPES;
}

/**
 * Reduces what a request asks for to what the client may have (RFC 6749, 3.3). Clients ask for every scope in the metadata of
 * the resource, as those of MCP do, or for none, which means all of their scopes of the API. Scopes that do not exist are
 * ignored, as OpenID Connect Core (3.1.2.1) recommends.
 * @throws the error of the protocol if nothing is left
 */
export function narrowScopes({ oidc }: KoaContextWithOIDC, allowed: readonly string[], { InvalidScope }: Errors): void {
  const { params = {}, route } = oidc;
  // A code and a refresh token have scopes already.
  if (route === 'token' && params['grant_type'] !== 'client_credentials') return;
  const asked = typeof params['scope'] === 'string' ? params['scope'].split(' ') : allScopes;
  const left = asked.filter((scope) => allowed.includes(scope)).join(' ');
  if (!left) throw new InvalidScope('none of the requested scopes is available to this client', asked.join(' '));
  params['scope'] = left;
}

type Errors = OidcProvider['errors'];
