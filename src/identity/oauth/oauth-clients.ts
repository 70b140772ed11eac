import { Injectable } from '@nestjs/common';
import type { AdapterPayload } from 'oidc-provider';
import { validate as isUuid } from 'uuid';
import { Database } from '../../platform/database/index.js';
import type { ProcessCache } from '../../platform/redis/index.js';
import { CredentialCache } from '../credentials/index.js';
import {
  applicationTypeOf,
  ClientSecrets,
  OAuthApplicationsRepository,
  type OAuthApplication,
} from '../oauth-applications/index.js';
import { isClosed, OrganizationsRepository } from '../organizations/index.js';
import type { Scope } from '../permissions/index.js';

export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Scopes of OpenID Connect, which every client may ask for. */
export const OPENID_SCOPES = ['openid', 'offline_access', 'email', 'profile'] as const;

/** Scope -> the claims about the person that it shows. */
export const CLAIMS: Record<string, string[]> = {
  openid: ['sub'],
  email: ['email', 'email_verified'],
  profile: ['name'],
};

/** Metadata of ours besides that of the protocol. */
export const CLIENT_EXTRAS = [
  'previous_secret_hash',
  'previous_secret_expires_at',
  'registrant',
  'allowed_scope',
] as const;

export interface ClientExtras {
  previous_secret_hash?: string;
  /** In ms since 1970. */
  previous_secret_expires_at?: number;
  /** How the client registered itself, if it did. */
  registrant?: 'token' | 'anyone';
  /**
   * The scopes that the client may have; all if absent. Not the `scope` of the protocol: oidc-provider refuses a request for
   * more than that, while this server grants less (see `narrowScopes`).
   */
  allowed_scope?: string;
}

/** An application that can be used now. */
interface LiveClient {
  id: string;
  metadata: AdapterPayload;
  scopes: Scope[];
  /** The organization that registered it, or whose registration token it used. */
  ownerId: string | undefined;
}

/** Registered applications as clients of the protocol. */
@Injectable()
export class OAuthClients {
  private readonly live: ProcessCache<LiveClient | undefined>;

  constructor(
    private readonly database: Database,
    private readonly applications: OAuthApplicationsRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly secrets: ClientSecrets,
    credentials: CredentialCache,
  ) {
    this.live = credentials.cacheOf((client) =>
      client
        ? [
            `credential:${client.id}`,
            ...(client.ownerId === undefined ? [] : [`organization:${client.ownerId}` as const]),
          ]
        : [],
    );
  }

  /** The client with that id; undefined for one that does not exist, is disabled, or whose organization is closed. */
  async findLive(clientId: string | undefined): Promise<LiveClient | undefined> {
    if (clientId === undefined || !isUuid(clientId)) return undefined;
    return this.live.get(clientId, () => this.database.asPlatform(() => this.load(clientId)));
  }

  private async load(clientId: string): Promise<LiveClient | undefined> {
    const application = await this.applications.find(clientId);
    if (!application || application.status === 'disabled') return undefined;
    const { id, organizationId, scopes } = application;
    if (organizationId !== null && isClosed(await this.organizations.getById(organizationId))) return undefined;
    return { id, metadata: metadataOf(application), scopes, ownerId: organizationId ?? undefined };
  }

  /** Whether that is the secret of a client. Its metadata has the hashes of its secrets. */
  isSecretOf(client: { clientSecret?: string | undefined } & ClientExtras, secret: string): boolean {
    const { clientSecret, previous_secret_hash: previous, previous_secret_expires_at: end = 0 } = client;
    if (clientSecret && this.secrets.matches(secret, clientSecret)) return true;
    return previous !== undefined && end > Date.now() && this.secrets.matches(secret, previous);
  }
}

function metadataOf(application: OAuthApplication): AdapterPayload {
  const { id, kind, redirectUris, scopes, previousSecretHash, previousSecretExpiresAt } = application;
  const { organizationId, registeredMetadata } = application;
  const isConfidential = kind === 'confidential';
  const extras: ClientExtras = {
    ...(previousSecretHash && { previous_secret_hash: previousSecretHash }),
    ...(previousSecretExpiresAt && { previous_secret_expires_at: previousSecretExpiresAt.getTime() }),
    ...(registeredMetadata && { registrant: organizationId === null ? 'anyone' : 'token' }),
    allowed_scope: [...OPENID_SCOPES, ...scopes].join(' '),
  };
  return {
    client_id: id,
    client_name: application.name,
    ...(application.homepageUrl && { client_uri: application.homepageUrl }),
    ...(application.logoUrl && { logo_uri: application.logoUrl }),
    ...(isConfidential && { client_secret: application.secretHash ?? '' }),
    token_endpoint_auth_method: isConfidential ? 'client_secret_basic' : 'none',
    application_type: applicationTypeOf(redirectUris),
    grant_types: [
      'authorization_code',
      'refresh_token',
      DEVICE_CODE_GRANT,
      ...(isConfidential ? ['client_credentials'] : []),
    ],
    response_types: ['code'],
    redirect_uris: redirectUris,
    ...extras,
    // What an admin can change of a client that registered itself is above; the rest is as it says.
    ...(registeredMetadata && ownOf(registeredMetadata)),
  };
}

/** The type of an application follows from its redirect URIs. */
const ADMINISTERED: readonly string[] = [
  'application_type',
  'client_name',
  'client_uri',
  'logo_uri',
  'redirect_uris',
  'scope',
];

const ownOf = (metadata: object): object =>
  Object.fromEntries(Object.entries(metadata).filter(([name]) => !ADMINISTERED.includes(name)));
