import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import { MAX as LAST_ID, validate as isUuid, v7 as uuidv7 } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { Authorizations } from '../authorizations/index.js';
import { OAuthApplicationsRepository } from '../oauth-applications/index.js';
import type { ConsentChoice, ConsentQuestion } from '../oauth-pages/index.js';
import { isClosed, OrganizationsRepository } from '../organizations/index.js';
import { allScopes, scopesOfRole, type Role, type Scope } from '../permissions/index.js';
import { UsersRepository } from '../users/index.js';
import { OAuthAddresses } from './oauth-addresses.js';
import { OPENID_SCOPES } from './oauth-clients.js';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** More organizations than that cannot be chosen from in a list. */
const MAX_ORGANIZATIONS = 100;

const NOTHING_ALLOWED = 'Tick at least one thing that the app may do, or cancel.';

/** `too late` if the interaction ended meanwhile. */
type Given = 'given' | 'too late' | { refusal: string };

/** What an app asks a person for, and what the person lets it do. */
@Injectable()
export class Consent {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly applications: OAuthApplicationsRepository,
    private readonly authorizations: Authorizations,
    private readonly addresses: OAuthAddresses,
  ) {}

  ask(interaction: Interaction): Promise<ConsentQuestion> {
    const userId = personOf(interaction);
    const { openid, api } = requestedOf(interaction);
    const { client_id: clientId, redirect_uri: redirectUri } = interaction.params;
    return this.database.asPlatform(async () => {
      const { email, name, isVerified } = await this.users.getById(userId);
      const { rows } = await this.organizations.listOf(userId, MAX_ORGANIZATIONS, LAST_ID);
      const organizations = rows
        .filter((organization) => !isClosed(organization))
        .map(({ id, name, role }) => ({ id, name, role }));
      return {
        person: name ?? email,
        email,
        isVerified,
        organizations,
        owner: await this.findOwner(String(clientId)),
        scopes: api.map((scope) => ({ scope, available: availabilityOf(scope, organizations) })),
        openid,
        redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined,
      };
    });
  }

  /** Lets the app in, with the scopes that the person ticked and has in that organization. Once for each interaction. */
  give(provider: Provider, interaction: Interaction, choice: ConsentChoice): Promise<Given> {
    const userId = personOf(interaction);
    const { openid, api } = requestedOf(interaction);
    return this.database.asPlatform(async () => {
      // A form that is sent twice waits here for its first copy.
      await this.users.findLocked(userId);
      const current = await provider.Interaction.find(interaction.uid);
      if (!current) return 'too late';
      if (current.result?.consent) return 'given';
      const role = await this.findRole(choice.organizationId, userId);
      if (!role) return { refusal: 'Choose an organization that you are a member of.' };
      const granted = api.filter((scope) => choice.scopes.includes(scope) && scopesOfRole[role].has(scope));
      if (granted.length + openid.length === 0) return { refusal: NOTHING_ALLOWED };
      const grantId = await this.grant(provider, interaction, choice.organizationId, { openid, granted });
      current.result = { ...current.lastSubmission, consent: { grantId } };
      await current.persist();
      return 'given';
    });
  }

  private async grant(
    provider: Provider,
    interaction: Interaction,
    organizationId: string,
    { openid, granted }: { openid: string[]; granted: Scope[] },
  ): Promise<string> {
    const userId = personOf(interaction);
    const clientId = String(interaction.params['client_id']);
    const client = await provider.Client.find(clientId);
    const grant = new provider.Grant({ accountId: userId, clientId });
    grant.jti = uuidv7();
    await this.authorizations.begin({
      id: grant.jti,
      organizationId,
      userId,
      clientId,
      applicationId: isUuid(clientId) ? clientId : null,
      clientName: client?.clientName ?? clientId,
      clientUrl: client?.clientUri ?? null,
      scopes: granted,
      grantPayload: {},
    });
    const rejected = requestedOf(interaction)
      .api.filter((scope) => !granted.includes(scope))
      .join(' ');
    grant.addOIDCScope([...openid, ...granted].join(' '));
    if (rejected) grant.rejectOIDCScope(rejected);
    for (const resource of this.resourcesOf(interaction)) {
      grant.addResourceScope(resource, [...openid, ...granted].join(' '));
      if (rejected) grant.rejectResourceScope(resource, rejected);
    }
    await grant.save();
    return grant.jti;
  }

  /** The name of the organization that registered an application; undefined if it registered itself. */
  private async findOwner(clientId: string): Promise<string | undefined> {
    const application = isUuid(clientId) ? await this.applications.find(clientId) : undefined;
    if (!application?.organizationId) return undefined;
    return (await this.organizations.getById(application.organizationId)).name;
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

function availabilityOf(scope: Scope, organizations: { role: Role }[]): ConsentQuestion['scopes'][number]['available'] {
  const count = organizations.filter(({ role }) => scopesOfRole[role].has(scope)).length;
  if (count === organizations.length) return 'everywhere';
  return count > 0 ? 'somewhere' : 'nowhere';
}
