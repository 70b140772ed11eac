import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import { MAX as LAST_ID, validate as isUuid, v7 as uuidv7 } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { Authorizations } from '../authorizations/index.js';
import type { ConsentQuestion } from '../oauth-pages/index.js';
import { isClosed, OrganizationsRepository } from '../organizations/index.js';
import { allScopes, scopesOfRole, type Scope } from '../permissions/index.js';
import { UsersRepository } from '../users/index.js';
import { OAuthAddresses } from './oauth-addresses.js';
import { OPENID_SCOPES } from './oauth-clients.js';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** More organizations than that cannot be chosen from in a list. */
const MAX_ORGANIZATIONS = 100;

interface Choice {
  organizationId: string;
  scopes: string[];
}

/** What an app asks a person for, and what the person lets it do. */
@Injectable()
export class Consent {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly authorizations: Authorizations,
    private readonly addresses: OAuthAddresses,
  ) {}

  ask(interaction: Interaction): Promise<ConsentQuestion> {
    const userId = personOf(interaction);
    return this.database.asPlatform(async () => {
      const { email, name } = await this.users.getById(userId);
      const { rows } = await this.organizations.listOf(userId, MAX_ORGANIZATIONS, LAST_ID);
      const open = rows.filter((organization) => !isClosed(organization));
      return {
        person: name ?? email,
        email,
        organizations: open.map((organization) => ({ id: organization.id, name: organization.name })),
        scopes: requestedOf(interaction).api,
        isAskedForEmail: requestedOf(interaction).openid.includes('email'),
      };
    });
  }

  /**
   * Lets the app in, with the scopes that the person ticked and has in that organization.
   * @returns the id of the grant; undefined if the person may not act there
   */
  give(provider: Provider, interaction: Interaction, choice: Choice): Promise<string | undefined> {
    const userId = personOf(interaction);
    const { openid, api } = requestedOf(interaction);
    const clientId = String(interaction.params['client_id']);
    return this.database.asPlatform(async () => {
      const role = await this.findRole(choice.organizationId, userId);
      const client = await provider.Client.find(clientId);
      if (!role || !client) return undefined;
      const granted = api.filter((scope) => choice.scopes.includes(scope) && scopesOfRole[role].has(scope));
      const grant = new provider.Grant({ accountId: userId, clientId });
      grant.jti = uuidv7();
      await this.authorizations.begin({
        id: grant.jti,
        organizationId: choice.organizationId,
        userId,
        clientId,
        applicationId: isUuid(clientId) ? clientId : null,
        clientName: client.clientName ?? clientId,
        clientUrl: client.clientUri ?? null,
        scopes: granted,
        grantPayload: {},
      });
      const rejected = api.filter((scope) => !granted.includes(scope)).join(' ');
      grant.addOIDCScope([...openid, ...granted].join(' '));
      if (rejected) grant.rejectOIDCScope(rejected);
      for (const resource of this.resourcesOf(interaction)) {
        grant.addResourceScope(resource, [...openid, ...granted].join(' '));
        if (rejected) grant.rejectResourceScope(resource, rejected);
      }
      await grant.save();
      return grant.jti;
    });
  }

  private async findRole(organizationId: string, userId: string) {
    if (!isUuid(organizationId)) return undefined;
    const membership = await this.organizations.holdMembership(organizationId, userId);
    if (!membership || isClosed(await this.organizations.getById(organizationId))) return undefined;
    return membership.role;
  }

  private resourcesOf({ params }: Interaction): string[] {
    const asked = [params['resource'] ?? []].flat().map(String);
    return asked.length > 0 ? asked : [this.addresses.audience];
  }
}

function personOf({ session }: Interaction): string {
  if (!session?.accountId) throw new Error('An interaction without a person asks for consent');
  return session.accountId;
}

/** What the client asks for. The protocol has refused scopes that the client may not have. */
function requestedOf({ params }: Interaction): { openid: string[]; api: Scope[] } {
  const asked = typeof params['scope'] === 'string' ? params['scope'].split(' ') : [];
  return {
    openid: OPENID_SCOPES.filter((scope) => asked.includes(scope)),
    api: allScopes.filter((scope) => asked.includes(scope)),
  };
}
