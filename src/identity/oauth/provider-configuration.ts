import type { ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { ACCESS_TOKEN_SECONDS, ALGORITHM } from '../signing-keys/index.js';
import { errorPage, signedOutPage, signOutPage } from '../oauth-pages/index.js';
import { isPageOf } from './cross-origin.js';
import { deviceFlowPages } from './device-flow-pages.js';
import type { ClientDocuments } from './client-documents.js';
import type { ClientRegistration } from './client-registration.js';
import { DPOP_ALGORITHMS } from './dpop-proofs.js';
import { INTERACTION_PATH, OAUTH_PATHS, type OAuthAddresses } from './oauth-addresses.js';
import type { OidcProvider } from './load-oidc-provider.js';
import { CLAIMS, CLIENT_EXTRAS } from './oauth-clients.js';
import { narrowScopes, SCOPES, scopesOf } from './requested-scopes.js';
import type { Show } from './ways-back.js';

const CODE_SECONDS = 60;
const DEVICE_CODE_SECONDS = 600;
const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;
/** How long a client can manage itself. Each change restarts this period. */
const REGISTRATION_SECONDS = 365 * 24 * 3600;
const INTERACTION_SECONDS = 3600;
/** How long a browser stays signed in at the pages of this server. */
const SESSION_SECONDS = 3600;
/** A grant lives as long as its authorization, which ends in other ways. */
const GRANT_SECONDS = 10 * 365 * 24 * 3600;

interface Parts {
  addresses: OAuthAddresses;
  show: Show;
  adapter: Configuration['adapter'];
  findAccount: NonNullable<Configuration['findAccount']>;
  findOrganization: (ctx: KoaContextWithOIDC, grantId: string) => Promise<string | undefined>;
  /** The grant with which a request continues; undefined if the person has to be asked. */
  findGrant: NonNullable<Configuration['loadExistingGrant']>;
  /** The organization that registered an application. */
  findOwner: (clientId: string | undefined) => Promise<string | undefined>;
  registration: ClientRegistration;
  documents: ClientDocuments;
  /** @throws the error of RFC 7591 if a client must not say this of itself */
  checkClient: (ctx: KoaContextWithOIDC | undefined, metadata: ClientMetadata) => void;
  cookieKeys: string[];
  /** The signing key first. */
  keys: object[];
  errors: OidcProvider['errors'];
}

/** Everything that this server sets of oidc-provider. What is not here is its default. */
export function configurationOf(parts: Parts): Configuration {
  const { addresses, findOrganization, show } = parts;
  const { audience, isSecure } = addresses;
  const cookie = {
    httpOnly: true,
    sameSite: 'lax',
    signed: true,
    secure: isSecure,
    path: '/oauth',
  } as const;
  return {
    adapter: parts.adapter,
    claims: CLAIMS,
    scopes: [...SCOPES],
    clientBasedCORS: (_ctx, origin, client) => isPageOf(client, origin),
    clientDefaults: { id_token_signed_response_alg: ALGORITHM },
    enabledJWA: {
      idTokenSigningAlgValues: [ALGORITHM],
      userinfoSigningAlgValues: [ALGORITHM],
      clientAuthSigningAlgValues: [ALGORITHM, 'RS256', 'PS256', 'EdDSA'],
      dPoPSigningAlgValues: [...DPOP_ALGORITHMS],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    conformIdTokenClaims: false,
    cookies: {
      keys: parts.cookieKeys,
      names: { session: 'parlance_oauth', interaction: 'parlance_interaction', resume: 'parlance_resume' },
      long: cookie,
      short: { httpOnly: true, sameSite: 'lax', signed: true, secure: isSecure },
    },
    discovery: { service_documentation: `${addresses.issuer}/docs` },
    expiresWithSession: () => false,
    extraClientMetadata: {
      properties: [...CLIENT_EXTRAS],
      // Called for each of them, with all metadata.
      validator: (ctx, name, _value, metadata) => {
        if (name === CLIENT_EXTRAS[0]) parts.checkClient(ctx, metadata);
      },
    },
    extraTokenClaims: async (ctx, token) => {
      if (token.kind === 'ClientCredentials') {
        return { organization_id: await parts.findOwner(token.clientId) };
      }
      const grantId = 'grantId' in token ? token.grantId : undefined;
      if (!grantId) return undefined;
      return { organization_id: await findOrganization(ctx, grantId), authorization_id: grantId };
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        deviceInfo: () => ({}),
        ...deviceFlowPages(show),
      },
      clientIdMetadataDocument: {
        enabled: true,
        ack: 'draft-02',
        allowFetch: (_ctx, id) => parts.documents.isAllowed(id),
        // ClientDocuments keeps them longer.
        cacheDuration: { min: 60, max: 60 },
      },
      dPoP: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      pushedAuthorizationRequests: { enabled: true },
      registration: {
        enabled: true,
        initialAccessToken: true,
        idFactory: () => parts.registration.newId(),
        secretFactory: (ctx) => parts.registration.createSecret(ctx),
      },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
      resourceIndicators: {
        enabled: true,
        // All resources are the API, so any of several that were granted will do.
        defaultResource: (_ctx, _client, oneOf?: readonly string[]) => oneOf?.[0] ?? audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource, client) => {
          if (!addresses.isApi(resource)) throw new parts.errors.InvalidTarget();
          const allowed = scopesOf(client);
          narrowScopes(ctx, allowed, parts.errors);
          return {
            scope: allowed.join(' '),
            audience,
            accessTokenFormat: 'jwt',
            accessTokenTTL: ACCESS_TOKEN_SECONDS,
            jwt: { sign: { alg: ALGORITHM } },
          };
        },
      },
      revocation: {
        enabled: true,
        // As for a token that does not exist (RFC 7009, 2.2).
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => show(ctx, signOutPage(form)),
        postLogoutSuccessSource: (ctx) => show(ctx, signedOutPage()),
      },
    },
    fetch: (url) => parts.documents.respond(url instanceof Request ? url.url : url.toString()),
    findAccount: parts.findAccount,
    // All steps of an interaction have one address: see Interactions.
    interactions: { url: (_ctx, { cid }) => `${INTERACTION_PATH}/${cid}` },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    jwks: { keys: parts.keys },
    loadExistingGrant: (ctx) => parts.findGrant(ctx),
    pkce: { required: () => true },
    renderError: (ctx, { error, error_description: description }, { name }) =>
      show(ctx, name === 'SessionNotFound' ? errorPage('expired') : errorPage(error, description)),
    responseTypes: ['code'],
    rotateRefreshToken: () => true,
    routes: OAUTH_PATHS,
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: CODE_SECONDS,
      ClientCredentials: ACCESS_TOKEN_SECONDS,
      DeviceCode: DEVICE_CODE_SECONDS,
      Grant: GRANT_SECONDS,
      IdToken: ACCESS_TOKEN_SECONDS,
      Interaction: INTERACTION_SECONDS,
      RegistrationAccessToken: REGISTRATION_SECONDS,
      RefreshToken: REFRESH_TOKEN_SECONDS,
      Session: SESSION_SECONDS,
    },
  };
}
