import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import { MAX as LAST_ID, validate as isUuid } from 'uuid';
import { Database } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import {
  AppApprovals,
  beyond,
  covers,
  hasAsked,
  type AppApproval,
  type AppInOrganization,
} from '../app-approvals/index.js';
import { Authorizations } from '../authorizations/index.js';
import { OAuthApplicationsRepository } from '../oauth-applications/index.js';
import type { ApprovalQuestion, ConsentChoice, ConsentQuestion } from '../oauth-pages/index.js';
import { isClosed, OrganizationsRepository, type Organization } from '../organizations/index.js';
import { allScopes, includesRole, scopesOfRole, type Role, type Scope } from '../permissions/index.js';
import { UsersRepository } from '../users/index.js';
import { OAuthAddresses } from './oauth-addresses.js';
import { OPENID_SCOPES } from './oauth-clients.js';

export type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** More organizations than that cannot be chosen from in a list. */
const MAX_ORGANIZATIONS = 100;

const NOTHING_ALLOWED = 'Tick at least one thing that the app may do, or cancel.';

const ASKED_ENOUGH = 'You have asked for 10 apps already. Wait until an administrator has decided about one of them.';

/** `too late` if the interaction ended meanwhile. */
type Given = 'given' | 'too late' | 'needs approval' | { refusal: string };

/** An organization in which the person can let an app in. */
interface Place {
  organization: Organization;
  role: Role;
}

/** What an app asks a person for, and what the person lets it do. */
@Injectable()
export class Consent {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly applications: OAuthApplicationsRepository,
    private readonly approvals: AppApprovals,
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
      const open = rows.filter((organization) => !isClosed(organization));
      const ownerId = await this.findOwnerId(String(clientId));
      const restricted = open.filter((organization) => requiresApproval(organization, ownerId)).map(({ id }) => id);
      const approvals = await this.approvals.find(restricted, String(clientId));
      const organizations = open.map(({ id, name, role }) => ({
        id,
        name,
        role,
        approval: restricted.includes(id) ? neededOf(approvals.get(id), scopesFor(role, api)) : undefined,
      }));
      return {
        person: name ?? email,
        email,
        isVerified,
        organizations,
        owner: ownerId && (await this.organizations.getById(ownerId)).name,
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
      const place = await this.findPlace(choice.organizationId, userId);
      if (!place) return { refusal: 'Choose an organization that you are a member of.' };
      const granted = scopesFor(place.role, api).filter((scope) => choice.scopes.includes(scope));
      if (granted.length + openid.length === 0) return { refusal: NOTHING_ALLOWED };
      const app = await this.appIn(place, provider, interaction);
      if (app.needsApproval && !(await this.approvals.admit(app, { userId, role: place.role }, granted))) {
        return 'needs approval';
      }
      const grantId = await this.grant(provider, interaction, app, { openid, granted });
      current.result = { ...current.lastSubmission, consent: { grantId } };
      await current.persist();
      return 'given';
    });
  }

  /** What the person has to ask admins for before they can choose that; undefined if they need not. */
  askForApproval(
    provider: Provider,
    interaction: Interaction,
    choice: ConsentChoice,
  ): Promise<ApprovalQuestion | undefined> {
    const userId = personOf(interaction);
    return this.database.asPlatform(async () => {
      const needed = await this.findNeeded(provider, interaction, choice);
      if (!needed) return undefined;
      const { app, organization, approval, scopes } = needed;
      return {
        organization: { id: organization.id, name: organization.name },
        owner: app.ownerId && (await this.organizations.getById(app.ownerId)).name,
        scopes,
        isAsked: approval !== undefined && hasAsked(approval, userId, scopes),
        wasDenied: approval?.status === 'denied',
      };
    });
  }

  /** Asks the admins of the organization to approve the app. Undefined if that is done, or not necessary. */
  requestApproval(
    provider: Provider,
    interaction: Interaction,
    choice: ConsentChoice,
  ): Promise<{ refusal: string } | undefined> {
    const userId = personOf(interaction);
    return this.database.asPlatform(async () => {
      await this.users.findLocked(userId);
      const needed = await this.findNeeded(provider, interaction, choice);
      if (!needed || (await this.approvals.request(needed.app, userId, needed.scopes))) return undefined;
      return { refusal: ASKED_ENOUGH };
    });
  }

  private async findNeeded(provider: Provider, interaction: Interaction, choice: ConsentChoice) {
    const place = await this.findPlace(choice.organizationId, personOf(interaction));
    if (!place || includesRole(place.role, 'admin')) return undefined;
    const { openid, api } = requestedOf(interaction);
    const scopes = scopesFor(place.role, api).filter((scope) => choice.scopes.includes(scope));
    const { organization } = place;
    const app = await this.appIn(place, provider, interaction);
    if (!app.needsApproval || scopes.length + openid.length === 0) return undefined;
    const approval = (await this.approvals.find([organization.id], app.clientId)).get(organization.id);
    return covers(approval, scopes) ? undefined : { app, organization, approval, scopes };
  }

  private async appIn(
    { organization }: Place,
    provider: Provider,
    interaction: Interaction,
  ): Promise<AppInOrganization & { ownerId: string | undefined; needsApproval: boolean }> {
    const clientId = String(interaction.params['client_id']);
    const client = await provider.Client.find(clientId);
    const ownerId = await this.findOwnerId(clientId);
    return {
      organizationId: organization.id,
      clientId,
      applicationId: isUuid(clientId) ? clientId : null,
      clientName: client?.clientName ?? clientId,
      clientUrl: client?.clientUri ?? null,
      ownerId,
      needsApproval: requiresApproval(organization, ownerId),
    };
  }

  private async grant(
    provider: Provider,
    interaction: Interaction,
    { organizationId, clientId, applicationId, clientName, clientUrl }: AppInOrganization,
    { openid, granted }: { openid: string[]; granted: Scope[] },
  ): Promise<string> {
    const userId = personOf(interaction);
    const grant = new provider.Grant({ accountId: userId, clientId });
    grant.jti = newId();
    await this.authorizations.begin({
      id: grant.jti,
      organizationId,
      userId,
      clientId,
      applicationId,
      clientName,
      clientUrl,
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

  /** The organization that registered an application; undefined if it registered itself. */
  private async findOwnerId(clientId: string): Promise<string | undefined> {
    const application = isUuid(clientId) ? await this.applications.find(clientId) : undefined;
    return application?.organizationId ?? undefined;
  }

  /** Where the person can let the app in. Neither the membership nor the settings change until the transaction ends. */
  private async findPlace(organizationId: string, userId: string): Promise<Place | undefined> {
    if (!isUuid(organizationId)) return undefined;
    const organization = await this.organizations.hold(organizationId);
    if (!organization || isClosed(organization)) return undefined;
    const membership = await this.organizations.holdMembership(organizationId, userId);
    return membership && { organization, role: membership.role };
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

/** Whether members need approval of an app there. An organization trusts its own apps. */
const requiresApproval = ({ id, requireAppApproval }: Organization, ownerId: string | undefined): boolean =>
  requireAppApproval && id !== ownerId;

const scopesFor = (role: Role, scopes: Scope[]): Scope[] => scopes.filter((scope) => scopesOfRole[role].has(scope));

function neededOf(approval: AppApproval | undefined, scopes: Scope[]) {
  if (covers(approval, scopes)) return undefined;
  return { isApproved: covers(approval, []), missing: beyond(approval, scopes) };
}

function availabilityOf(scope: Scope, organizations: { role: Role }[]): ConsentQuestion['scopes'][number]['available'] {
  const count = organizations.filter(({ role }) => scopesOfRole[role].has(scope)).length;
  if (count === organizations.length) return 'everywhere';
  return count > 0 ? 'somewhere' : 'nowhere';
}
