import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { AdapterPayload, KoaContextWithOIDC } from 'oidc-provider';
import { ApiError } from '../../platform/errors/index.js';
import { Config } from '../../platform/config/index.js';
import {
  ClientSecrets,
  SelfRegistration,
  type RegisteredClient,
  type RegistrationToken,
} from '../oauth-applications/index.js';
import { allScopes } from '../permissions/index.js';
import { OAUTH_PATHS } from './oauth-addresses.js';
import { CLIENT_EXTRAS } from './oauth-clients.js';
import type { Registrant } from './registrant-rules.js';
import { RequestBodies, withJson } from './request-bodies.js';

/** Stands for the registration token of a client that has none, where that is allowed. */
const NO_TOKEN = 'none';

const ROUTES: readonly string[] = ['registration', 'client', 'client_update'];

type NewSecret = ReturnType<ClientSecrets['create']>;

/** Clients that register and manage themselves (RFC 7591, RFC 7592), by the means of oidc-provider. */
@Injectable()
export class ClientRegistration {
  /** Secrets to show in the response. Their hashes are stored. */
  private readonly created = new WeakMap<KoaContextWithOIDC, NewSecret>();
  private readonly isOpen: boolean;

  constructor(
    private readonly registration: SelfRegistration,
    private readonly secrets: ClientSecrets,
    private readonly bodies: RequestBodies,
    config: Config,
  ) {
    this.isOpen = config.get('OAUTH_OPEN_REGISTRATION');
  }

  isFor({ path, method }: Request): boolean {
    const isHere = path === OAUTH_PATHS.registration || path.startsWith(`${OAUTH_PATHS.registration}/`);
    return isHere && (method === 'POST' || method === 'PUT');
  }

  /**
   * The request as oidc-provider can serve it: it has the hash of a client secret only.
   * @throws ApiError for a body that is refused
   */
  async prepare(request: Request): Promise<Request> {
    const body = await this.bodies.readObject(request);
    if (request.method === 'PUT' && typeof body['client_secret'] === 'string') {
      body['client_secret'] = this.secrets.hash(body['client_secret']);
    }
    const isWithoutToken = request.method === 'POST' && request.headers.authorization === undefined && this.isOpen;
    if (isWithoutToken) body['token_endpoint_auth_method'] ??= 'none';
    const prepared = withJson(request, body);
    if (isWithoutToken) prepared.headers.authorization = `Bearer ${NO_TOKEN}`;
    return prepared;
  }

  /** The registration token as oidc-provider knows it, in the platform scope. */
  async findToken(secret: string): Promise<AdapterPayload | undefined> {
    const isValid = secret === NO_TOKEN ? this.isOpen : (await this.registration.findToken(secret)) !== undefined;
    return isValid ? { kind: 'InitialAccessToken', jti: secret } : undefined;
  }

  newId(): string {
    return this.registration.newId();
  }

  /** A secret for the client of the request: its hash. */
  createSecret(ctx: KoaContextWithOIDC): string {
    const secret = this.secrets.create();
    this.created.set(ctx, secret);
    return secret.hash;
  }

  registrantOf({ oidc }: KoaContextWithOIDC): Registrant {
    const known = (oidc.entities.Client as { registrant?: Registrant } | undefined)?.registrant;
    return known ?? (oidc.entities.InitialAccessToken?.jti === NO_TOKEN ? 'anyone' : 'token');
  }

  /** Stores a client in the platform scope. @throws ApiError CONFLICT */
  async save(id: string, metadata: AdapterPayload, ctx: KoaContextWithOIDC): Promise<void> {
    const hint = this.created.get(ctx)?.hint;
    const client = { ...clientOf(metadata), ...(hint !== undefined && { secretHint: hint }) };
    await this.registration.save(id, client, await this.tokenOf(ctx));
  }

  async delete(id: string): Promise<void> {
    await this.registration.delete(id);
  }

  /** Shows a new secret once, and never a hash. */
  complete(ctx: KoaContextWithOIDC): void {
    if (!ROUTES.includes(ctx.oidc.route) || ctx.status >= 400) return;
    const { client_secret: _hash, ...body } = ctx.body as Record<string, unknown>;
    body['scope'] ??= body['allowed_scope'];
    for (const name of CLIENT_EXTRAS) delete body[name];
    const secret = this.created.get(ctx)?.secret;
    ctx.body = { ...body, ...(secret !== undefined && { client_secret: secret }) };
  }

  private async tokenOf({ oidc }: KoaContextWithOIDC): Promise<RegistrationToken | undefined> {
    const secret = oidc.entities.InitialAccessToken?.jti;
    if (secret === undefined || secret === NO_TOKEN) return undefined;
    const token = await this.registration.findToken(secret);
    // Otherwise a client with a token that was just deleted would belong to no organization.
    if (!token) throw new ApiError('CONFLICT', { detail: 'The registration token was deleted.' });
    return token;
  }
}

function clientOf(metadata: AdapterPayload): RegisteredClient {
  const { client_secret: secretHash, client_id: _id, ...rest } = metadata as Record<string, unknown>;
  const redirectUris = rest['redirect_uris'] as string[];
  const asked = typeof rest['scope'] === 'string' ? rest['scope'].split(' ') : undefined;
  return {
    name: (rest['client_name'] as string | undefined) ?? nameOf(redirectUris),
    homepageUrl: (rest['client_uri'] as string | undefined) ?? null,
    logoUrl: (rest['logo_uri'] as string | undefined) ?? null,
    redirectUris,
    scopes: allScopes.filter((scope) => asked?.includes(scope) ?? true),
    kind: rest['token_endpoint_auth_method'] === 'none' ? 'public' : 'confidential',
    secretHash: (secretHash as string | undefined) ?? null,
    registeredMetadata: rest,
  };
}

/** What to call a client without a name: where it leads people, which it cannot choose freely. */
const nameOf = ([first = '']: string[]): string => (URL.canParse(first) && new URL(first).host) || 'Unnamed app';
