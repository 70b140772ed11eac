import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import type { Adapter, ClientMetadata, KoaContextWithOIDC } from 'oidc-provider';
import { Config } from '../../platform/config/index.js';
import { Crypto } from '../../platform/crypto/index.js';
import { Database } from '../../platform/database/index.js';
import { layout } from '../../platform/pages/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { Authorizations, AuthorizationsRepository } from '../authorizations/index.js';
import { ALGORITHM, KeyRing, type PrivateKey } from '../signing-keys/index.js';
import { UsersRepository } from '../users/index.js';
import { validate as isUuid } from 'uuid';
import { ClientAdapter } from './client-adapter.js';
import { ClientDocuments } from './client-documents.js';
import { ClientRegistration } from './client-registration.js';
import { GrantAdapter } from './grant-adapter.js';
import { loadOidcProvider, type OidcProvider } from './load-oidc-provider.js';
import { OAuthAccounts } from './oauth-accounts.js';
import { OAuthAddresses } from './oauth-addresses.js';
import { OAuthClients } from './oauth-clients.js';
import { OAuthRecordsRepository } from './oauth-records.repository.js';
import { configurationOf } from './provider-configuration.js';
import {
  RecordAdapter,
  RefreshTokenAdapter,
  ReplayAdapter,
  successorOf,
  type RecordContext,
} from './record-adapter.js';
import { checkRegistrant } from './registrant-rules.js';
import { RequestGrants } from './request-grants.js';
import { RegistrationTokenAdapter } from './registration-token-adapter.js';
import { SessionAdapter } from './session-adapter.js';
import { formPost, leaveByPage, withFormPost, type Show } from './ways-back.js';

/** oidc-provider, configured and with our storage. It is built with its keys, so it is built again when they change. */
@Injectable()
export class OAuthProvider {
  private current: { kids: string; provider: Promise<Provider> } | undefined;

  constructor(
    private readonly database: Database,
    private readonly records: OAuthRecordsRepository,
    private readonly authorizations: Authorizations,
    private readonly authorizationsRepository: AuthorizationsRepository,
    private readonly grants: RequestGrants,
    private readonly users: UsersRepository,
    private readonly accounts: OAuthAccounts,
    private readonly clients: OAuthClients,
    private readonly registration: ClientRegistration,
    private readonly documents: ClientDocuments,
    private readonly addresses: OAuthAddresses,
    private readonly keys: KeyRing,
    private readonly crypto: Crypto,
    private readonly config: Config,
    private readonly logger: Logger,
  ) {}

  /** The provider that signs with the current key. Do not call it within a transaction: the key may have to be read first. */
  async get(): Promise<Provider> {
    const keys = await this.keys.listPrivate();
    const kids = keys.map(({ kid }) => kid).join(' ');
    if (this.current?.kids === kids) return this.current.provider;
    const provider = loadOidcProvider().then((library) => this.build(library, keys));
    this.current = { kids, provider };
    provider.catch(() => (this.current = undefined));
    return provider;
  }

  private build(library: OidcProvider, keys: PrivateKey[]): Provider {
    const show: Show = (ctx, content) => {
      const page = layout(this.config.instance, content);
      ctx.set({ ...page.headers, 'Cache-Control': 'no-store' });
      ctx.body = page.text;
    };
    const configuration = configurationOf({
      addresses: this.addresses,
      show,
      adapter: this.adaptersOf(library),
      findAccount: (ctx, id, token) =>
        this.accounts.find(ctx, id, token && 'grantId' in token ? token.grantId : undefined),
      findOrganization: async (ctx, grantId) => (await this.grants.find(ctx, grantId))?.organizationId,
      findGrant: async (ctx) => {
        const { oidc } = ctx;
        const id = oidc.result?.consent?.grantId ?? (await this.accounts.findGrantId(ctx));
        return id === undefined ? undefined : oidc.provider.Grant.find(id);
      },
      findOwner: async (clientId) => (await this.clients.findLive(clientId))?.ownerId,
      cookieKeys: [this.crypto.keyFor('oauth-cookies').toString('base64url')],
      // The first of them signs; the others verify what they signed before.
      keys: keys.map(({ kid, privateKey }) => ({
        ...privateKey.export({ format: 'jwk' }),
        kid,
        use: 'sig',
        alg: ALGORITHM,
      })),
      registration: this.registration,
      documents: this.documents,
      checkClient: (ctx, metadata) => this.checkClient(library, ctx, metadata),
      errors: library.errors,
    });
    const provider = new (withFormPost(library.default, formPost(show)))(this.addresses.issuer, configuration);
    // Scheme and host come from PUBLIC_URL: see OAuthServer.
    provider.proxy = true;
    // Koa would write these to the console.
    (provider as NodeJS.EventEmitter).on('error', (err: unknown) => this.logger.error({ err }, 'OAuth request failed'));
    this.adapt(provider, library);
    provider.use(async (ctx, next) => {
      await next();
      if ('oidc' in ctx) leaveByPage(ctx as KoaContextWithOIDC, show);
    });
    return provider;
  }

  private adaptersOf(library: OidcProvider): (kind: string) => Adapter {
    const context: RecordContext = {
      database: this.database,
      records: this.records,
      crypto: this.crypto,
      onReuse: async (grantId) => {
        if (grantId) {
          await this.database.asPlatform(() => this.authorizations.end(grantId, { kind: 'system', id: null }));
        }
        throw new library.errors.InvalidGrant('already used');
      },
    };
    const special: Record<string, () => Adapter> = {
      Client: () => new ClientAdapter(library, this.database, this.clients, this.registration),
      Grant: () =>
        new GrantAdapter(library, this.grants, this.database, this.authorizations, this.authorizationsRepository),
      InitialAccessToken: () => new RegistrationTokenAdapter(context, this.registration),
      RefreshToken: () => new RefreshTokenAdapter(context, 'RefreshToken'),
      ReplayDetection: () => new ReplayAdapter(context, 'ReplayDetection'),
      Session: () => new SessionAdapter(context, this.users),
    };
    return (kind) => special[kind]?.() ?? new RecordAdapter(context, kind);
  }

  /** Clients that are read from storage were checked when they registered. */
  private checkClient(library: OidcProvider, ctx: KoaContextWithOIDC | undefined, metadata: ClientMetadata): void {
    if (!ctx && isUuid(metadata.client_id)) return;
    const wrong = checkRegistrant(metadata, ctx ? this.registration.registrantOf(ctx) : 'document');
    if (wrong !== undefined) throw new library.errors.InvalidClientMetadata(wrong);
  }

  /** Client secrets are stored as hashes, and every exchange of a refresh token has the same successor. */
  private adapt(provider: Provider, library: OidcProvider): void {
    const { clients, crypto } = this;
    provider.Client.prototype.compareClientSecret = function (secret: string) {
      return clients.isSecretOf(this, secret);
    };
    const { RefreshToken } = provider;
    const withNewId = RefreshToken.prototype as unknown as { generateTokenId: () => string };
    const { generateTokenId } = withNewId;
    withNewId.generateTokenId = function () {
      const rotated = library.default.ctx?.oidc.entities.RotatedRefreshToken;
      return rotated ? successorOf(crypto, rotated.jti) : generateTokenId.call(this);
    };
  }
}
