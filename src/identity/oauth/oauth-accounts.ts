import { Injectable } from '@nestjs/common';
import type { Account, KoaContextWithOIDC } from 'oidc-provider';
import { Database } from '../../platform/database/index.js';
import { AuthorizationsRepository } from '../authorizations/index.js';
import { isClosed, OrganizationsRepository } from '../organizations/index.js';
import { UsersRepository } from '../users/index.js';
import { RequestGrants } from './request-grants.js';

/** People as accounts of the protocol. */
@Injectable()
export class OAuthAccounts {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly authorizations: AuthorizationsRepository,
    private readonly grants: RequestGrants,
  ) {}

  /**
   * The account of a person who may act now; undefined otherwise.
   * @param request the request of the protocol
   * @param grantId if given, the person must also be a member where this authorization lets the app act
   */
  find(request: object | undefined, userId: string, grantId: string | undefined): Promise<Account | undefined> {
    return this.database.asPlatform(async () => {
      const [user, mayAct] = await Promise.all([
        this.users.find(userId),
        grantId === undefined || this.mayAct(request, userId, grantId),
      ]);
      if (!user?.isActive || !mayAct) return undefined;
      const { email, name, isVerified } = user;
      return {
        accountId: userId,
        claims: () => ({ sub: userId, email, email_verified: isVerified, ...(name && { name }) }),
      };
    });
  }

  /**
   * What the signed-in person has let a client do before: in this browser, or anywhere for a client that proves with a secret
   * who it is. Others have to be let in again, because anybody can pretend to be one of them (RFC 6749, 10.2). So does each
   * device, because somebody else may hold it (RFC 8628, 5.4).
   */
  async findGrantId(ctx: KoaContextWithOIDC): Promise<string | undefined> {
    const { route, session, client } = ctx.oidc;
    const [userId, clientId] = [session?.accountId, client?.clientId];
    if (!session || !client || !userId || !clientId || /^(code|device)_/.test(route)) return undefined;
    return this.database.asPlatform(async () => {
      const isProven = client.clientAuthMethod !== 'none';
      const id =
        session.grantIdFor(clientId) ?? (isProven ? await this.authorizations.findNewest(userId, clientId) : undefined);
      return id !== undefined && (await this.mayAct(ctx, userId, id)) ? id : undefined;
    });
  }

  private async mayAct(request: object | undefined, userId: string, grantId: string): Promise<boolean> {
    const authorization = await this.grants.find(request, grantId);
    if (!authorization) return false;
    const { organizationId } = authorization;
    const [membership, organization] = await Promise.all([
      this.organizations.findMembership(organizationId, userId),
      this.organizations.find(organizationId),
    ]);
    return membership !== undefined && organization !== undefined && !isClosed(organization);
  }
}
