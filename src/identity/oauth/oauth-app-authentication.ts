import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { validate as isUuid } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { AuthorizationsRepository, type Authorization } from '../authorizations/index.js';
import { CredentialCache, isDpopScheme, type KnownCredential } from '../credentials/index.js';
import { budgetOf, isClosed, OrganizationsRepository, type Organization } from '../organizations/index.js';
import { allScopes, scopesOfRole, type OAuthAppPrincipal, type Scope } from '../permissions/index.js';
import { UsersRepository } from '../users/index.js';
import { AccessTokens, type AccessTokenClaims } from './access-tokens.js';
import { DpopProofs } from './dpop-proofs.js';
import { OAuthClients } from './oauth-clients.js';
import { RevokedTokensRepository } from './revoked-tokens.repository.js';

/** The accuracy of `last_used_at`. */
const LAST_USED_MS = 60_000;

/** What a caller may do, and where. */
interface Standing {
  organization: Organization;
  scopes: ReadonlySet<Scope>;
  authorization?: Authorization;
  /** The organization that registered the app. */
  ownerId: string | undefined;
}

/** Turns an access token into its caller: what was granted, as far as the person and the app may do it today. */
@Injectable()
export class OAuthAppAuthentication {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly proofs: DpopProofs,
    private readonly credentials: CredentialCache,
    private readonly database: Database,
    private readonly authorizations: AuthorizationsRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly users: UsersRepository,
    private readonly clients: OAuthClients,
    private readonly revokedTokens: RevokedTokensRepository,
  ) {}

  /** Whether a text has the form of an OAuth access token. */
  recognizes(token: string): boolean {
    return this.tokens.recognizes(token);
  }

  /** The caller behind a token, without a promise, if this process knows both and no proof is needed. */
  recall(token: string, request: Request): OAuthAppPrincipal | undefined {
    const claims = this.tokens.recall(token);
    if (!claims || claims.cnf || isDpopScheme(request)) return undefined;
    return this.credentials.peek(keyOf(claims))?.principal as OAuthAppPrincipal | undefined;
  }

  /** @throws ApiError UNAUTHORIZED, TOKEN_EXPIRED or TOKEN_REVOKED */
  async authenticate(token: string, request: Request): Promise<OAuthAppPrincipal> {
    const claims = await this.tokens.verify(token);
    await this.requireScheme(request, token, claims);
    return this.find(claims);
  }

  /** The current state of a caller that was let in with this token, which may have expired since. */
  authenticateAgain(token: string): Promise<OAuthAppPrincipal> {
    return this.find(this.tokens.decode(token));
  }

  /** The scopes of a token that count today, in the open transaction; undefined if the API would refuse it. */
  async findScopes(claims: AccessTokenClaims): Promise<string[] | undefined> {
    try {
      const { scopes } = await this.standingOf(claims);
      return scopesIn(claims).filter((scope) => !isScope(scope) || scopes.has(scope));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'TOKEN_REVOKED') return undefined;
      throw error;
    }
  }

  /** A token that is bound to a key needs the scheme DPoP and a proof; others need Bearer. */
  private async requireScheme(request: Request, token: string, { cnf }: AccessTokenClaims): Promise<void> {
    const isDpop = isDpopScheme(request);
    if (isDpop !== (cnf !== undefined)) {
      const scheme = isDpop ? 'Bearer' : 'DPoP';
      throw new ApiError('UNAUTHORIZED', { detail: `Send this access token with the scheme ${scheme}.` });
    }
    if (cnf) await this.proofs.require(request, token, cnf.jkt);
  }

  private async find(claims: AccessTokenClaims): Promise<OAuthAppPrincipal> {
    const { principal } = await this.credentials.get(keyOf(claims), () => this.load(claims));
    return principal as OAuthAppPrincipal;
  }

  private load(claims: AccessTokenClaims): Promise<KnownCredential> {
    return this.database.asPlatform(async () => {
      const { client_id: applicationId, authorization_id: authorizationId } = claims;
      const { organization, scopes, authorization, ownerId } = await this.standingOf(claims);
      // A look-up means use, and it happens at most twice a minute.
      if (authorization && Date.now() - (authorization.lastUsedAt?.getTime() ?? 0) >= LAST_USED_MS) {
        await this.authorizations.noteUse(authorization.id);
      }
      const principal: OAuthAppPrincipal = {
        kind: 'oauth_app',
        organizationId: organization.id,
        billingOrganizationId: organization.id,
        budgetId: budgetOf(organization),
        ...(authorization && { userId: authorization.userId }),
        applicationId,
        ...(ownerId !== undefined && { applicationOwnerId: ownerId }),
        scopes: new Set(scopesIn(claims).filter((scope) => isScope(scope) && scopes.has(scope)) as Scope[]),
        plan: organization.plan,
        credentialId: authorizationId ?? applicationId,
        environment: organization.environment,
        logsBodies: organization.logBodies,
      };
      return { principal, expiresAt: claims.exp * 1000 };
    });
  }

  /** @throws ApiError TOKEN_REVOKED */
  private async standingOf(claims: AccessTokenClaims): Promise<Standing> {
    const { client_id: clientId, organization_id: organizationId, authorization_id: authorizationId } = claims;
    const { scopes: ofApp, ownerId } = await this.findApp(clientId);
    if (authorizationId === undefined) {
      const [organization, isRevoked] = await Promise.all([
        this.organizations.find(organizationId),
        this.revokedTokens.has(claims.jti),
      ]);
      if (!organization || isClosed(organization) || isRevoked) throw new ApiError('TOKEN_REVOKED');
      return { organization, scopes: ofApp, ownerId };
    }
    const [organization, authorization, membership, user] = await Promise.all([
      this.organizations.find(organizationId),
      this.authorizations.find(authorizationId),
      this.organizations.findMembership(organizationId, claims.sub),
      this.users.find(claims.sub),
    ]);
    if (!organization || isClosed(organization)) throw new ApiError('TOKEN_REVOKED');
    const isSame = authorization?.userId === claims.sub && authorization.organizationId === organizationId;
    if (!authorization || !isSame || authorization.clientId !== clientId) throw new ApiError('TOKEN_REVOKED');
    if (!membership || !user?.isActive) throw new ApiError('TOKEN_REVOKED');
    const ofPerson = scopesOfRole[membership.role];
    const granted = authorization.scopes.filter((scope) => ofPerson.has(scope) && ofApp.has(scope));
    return { organization, scopes: new Set(granted), authorization, ownerId };
  }

  /**
   * What an app may do at most, and its owner. A client that describes itself in a document is bounded by what people grant it.
   * @throws ApiError TOKEN_REVOKED when an application does not exist any more, or is disabled
   */
  private async findApp(clientId: string): Promise<{ scopes: ReadonlySet<Scope>; ownerId: string | undefined }> {
    if (!isUuid(clientId)) return { scopes: new Set(allScopes), ownerId: undefined };
    const client = await this.clients.findLive(clientId);
    if (!client) throw new ApiError('TOKEN_REVOKED');
    return { scopes: new Set(client.scopes), ownerId: client.ownerId };
  }
}

/** Under which a caller is cached. */
const keyOf = ({ jti }: AccessTokenClaims): string => `oauth ${jti}`;

const scopesIn = ({ scope }: AccessTokenClaims): string[] => scope?.split(' ') ?? [];

const isScope = (scope: string): scope is Scope => (allScopes as readonly string[]).includes(scope);
