import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { validate as isUuid } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { AuthorizationsRepository, type Authorization } from '../authorizations/index.js';
import { CredentialCache, type KnownCredential } from '../credentials/index.js';
import { budgetOf, isClosed, OrganizationsRepository, type Organization } from '../organizations/index.js';
import { allScopes, scopesOfRole, type OAuthAppPrincipal, type Scope } from '../permissions/index.js';
import { UsersRepository } from '../users/index.js';
import { AccessTokens, type AccessTokenClaims } from './access-tokens.js';
import { DpopProofs } from './dpop-proofs.js';
import { OAuthClients } from './oauth-clients.js';
import { scopesOf } from './requested-scopes.js';

/** The accuracy of `last_used_at`. */
const LAST_USED_MS = 60_000;

/** What a caller may do, and where. */
interface Standing {
  organization: Organization;
  scopes: ReadonlySet<Scope>;
  authorization?: Authorization;
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
  ) {}

  /** Whether a text has the form of an OAuth access token. */
  recognizes(token: string): boolean {
    return this.tokens.recognizes(token);
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
    const isDpop = /^dpop\b/i.test(request.headers.authorization ?? '');
    if (isDpop !== (cnf !== undefined)) {
      const scheme = isDpop ? 'Bearer' : 'DPoP';
      throw new ApiError('UNAUTHORIZED', { detail: `Send this access token with the scheme ${scheme}.` });
    }
    if (cnf) await this.proofs.require(request, token, cnf.jkt);
  }

  private async find(claims: AccessTokenClaims): Promise<OAuthAppPrincipal> {
    const { principal } = await this.credentials.get(`oauth ${claims.jti}`, () => this.load(claims));
    return principal as OAuthAppPrincipal;
  }

  private load(claims: AccessTokenClaims): Promise<KnownCredential> {
    return this.database.asPlatform(async () => {
      const { client_id: applicationId, authorization_id: authorizationId } = claims;
      const { organization, scopes, authorization } = await this.standingOf(claims);
      // A look-up means use, and it happens at most twice a minute.
      if (authorization && Date.now() - (authorization.lastUsedAt?.getTime() ?? 0) >= LAST_USED_MS) {
        await this.authorizations.noteUse(authorization.id);
      }
      const applicationOwnerId = await this.clients.findOwner(applicationId);
      const principal: OAuthAppPrincipal = {
        kind: 'oauth_app',
        organizationId: organization.id,
        billingOrganizationId: organization.id,
        budgetId: budgetOf(organization),
        ...(authorization && { userId: authorization.userId }),
        applicationId,
        ...(applicationOwnerId !== undefined && { applicationOwnerId }),
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
    const ofApp = await this.scopesOfApp(claims.client_id);
    const organization = await this.organizations.find(claims.organization_id);
    if (!organization || isClosed(organization)) throw new ApiError('TOKEN_REVOKED');
    if (claims.authorization_id === undefined) return { organization, scopes: ofApp };
    const authorization = await this.authorizations.find(claims.authorization_id);
    const membership = await this.organizations.findMembership(organization.id, claims.sub);
    const user = await this.users.find(claims.sub);
    const isSame = authorization?.userId === claims.sub && authorization.organizationId === organization.id;
    if (!authorization || !isSame || authorization.clientId !== claims.client_id) throw new ApiError('TOKEN_REVOKED');
    if (!membership || !user?.isActive) throw new ApiError('TOKEN_REVOKED');
    const ofPerson = scopesOfRole[membership.role];
    const granted = authorization.scopes.filter((scope) => ofPerson.has(scope) && ofApp.has(scope));
    return { organization, scopes: new Set(granted), authorization };
  }

  /**
   * What an app may do at most. One that registered itself is bounded by what people grant it.
   * @throws ApiError TOKEN_REVOKED when an application does not exist any more, or is disabled
   */
  private async scopesOfApp(clientId: string): Promise<ReadonlySet<Scope>> {
    if (!isUuid(clientId)) return new Set(allScopes);
    const client = await this.clients.find(clientId);
    if (!client) throw new ApiError('TOKEN_REVOKED');
    const allowed = scopesOf(client);
    return new Set(allScopes.filter((scope) => allowed.includes(scope)));
  }
}

const scopesIn = ({ scope }: AccessTokenClaims): string[] => scope?.split(' ') ?? [];

const isScope = (scope: string): scope is Scope => (allScopes as readonly string[]).includes(scope);
