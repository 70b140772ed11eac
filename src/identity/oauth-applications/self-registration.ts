import { Injectable } from '@nestjs/common';
import { ApiError } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import type { AuditActor } from '../audit/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { ApplicationLog } from './application-log.js';
import { RegistrationTokenSecrets } from './client-secrets.js';
import type { OAuthApplication } from './oauth-application.entity.js';
import { MAX_APPLICATIONS } from './oauth-applications.service.js';
import { OAuthApplicationsRepository } from './oauth-applications.repository.js';
import type { RegistrationToken } from './registration-token.entity.js';
import { RegistrationTokensRepository } from './registration-tokens.repository.js';

/** Bounds the clients that registered without a token. Unused ones are deleted. */
const MAX_OPEN_CLIENTS = 10_000;

/** What a client says of itself, checked. */
export type RegisteredClient = Pick<
  OAuthApplication,
  'name' | 'homepageUrl' | 'logoUrl' | 'redirectUris' | 'scopes' | 'kind' | 'secretHash'
> & { registeredMetadata: object; secretHint?: string };

/** Applications that clients register themselves, in the open transaction in the platform scope. */
@Injectable()
export class SelfRegistration {
  constructor(
    private readonly applications: OAuthApplicationsRepository,
    private readonly tokens: RegistrationTokensRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly secrets: RegistrationTokenSecrets,
    private readonly log: ApplicationLog,
  ) {}

  /** The valid registration token with that secret. */
  findToken(secret: string): Promise<RegistrationToken | undefined> {
    return this.tokens.findByHash(this.secrets.hash(secret));
  }

  newId(): string {
    return newId();
  }

  /** Registers a client, or changes one. @throws ApiError CONFLICT when there are too many */
  async save(id: string, client: RegisteredClient, token: RegistrationToken | undefined): Promise<void> {
    const known = await this.applications.findLocked(id);
    if (!known) return this.register(id, client, token);
    // It can give up scopes. More than it has would be more than an admin may have left it.
    const change = { ...client, scopes: client.scopes.filter((scope) => known.scopes.includes(scope)) };
    const changed = Object.keys(change).filter((field) => !isEqual(change, known, field as keyof RegisteredClient));
    const updated = await this.applications.update(id, change);
    await this.log.record('oauth_application.updated', updated, actorOf(id), { changed: changed.map(publicNameOf) });
    this.log.forgetTokens(updated);
  }

  async delete(id: string): Promise<void> {
    const application = await this.applications.findLocked(id);
    if (!application) return;
    await this.applications.delete(id);
    await this.log.record('oauth_application.deleted', application, actorOf(id), {});
    this.log.forgetTokens(application);
  }

  private async register(id: string, client: RegisteredClient, token: RegistrationToken | undefined): Promise<void> {
    const organizationId = token?.organizationId ?? null;
    // Locked, so that concurrent requests cannot exceed the limit. Of open clients a few more do no harm.
    if (organizationId !== null) await this.organizations.findLocked(organizationId);
    const bound = organizationId === null ? MAX_OPEN_CLIENTS : MAX_APPLICATIONS;
    if ((await this.applications.countOf(organizationId)) >= bound) {
      throw new ApiError('CONFLICT', { detail: 'No more clients can be registered. Ask the administrator.' });
    }
    const application = await this.applications.insert({ ...client, id, organizationId, createdBy: null });
    await this.log.record('oauth_application.created', application, actorOf(id), {});
  }
}

/** The client itself. */
const actorOf = (id: string): AuditActor => ({ kind: 'oauth_app', id });

const isEqual = (one: RegisteredClient, other: OAuthApplication, field: keyof RegisteredClient): boolean =>
  JSON.stringify(one[field]) === JSON.stringify(other[field]);

/** As the field is called in the API. */
const publicNameOf = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
