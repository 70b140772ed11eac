import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, invalidField, notFound } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { userIdOf, type Principal } from '../permissions/index.js';
import { actorOf } from '../audit/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { ApplicationLog } from './application-log.js';
import { ClientSecrets } from './client-secrets.js';
import type { OAuthApplication } from './oauth-application.entity.js';
import {
  OAuthApplicationDto,
  type CreateOAuthApplicationDto,
  type OAuthApplicationWithSecretDto,
  type RotateOAuthApplicationSecretDto,
  type UpdateOAuthApplicationDto,
} from './oauth-applications.dto.js';
import { OAuthApplicationsRepository } from './oauth-applications.repository.js';
import { mustBePublic } from './redirect-uri.js';

/** Per organization. */
export const MAX_APPLICATIONS = 100;

/** The applications that an organization has registered. */
@Injectable()
export class OAuthApplicationsService {
  constructor(
    private readonly database: Database,
    private readonly applications: OAuthApplicationsRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly secrets: ClientSecrets,
    private readonly log: ApplicationLog,
  ) {}

  create(principal: Principal, input: CreateOAuthApplicationDto): Promise<OAuthApplicationWithSecretDto> {
    const { organizationId } = principal;
    const { name, kind, scopes, redirect_uris: redirectUris } = input;
    requireFitting(kind, redirectUris);
    return this.database.inSharedTransaction(async () => {
      // Locked, so that concurrent requests cannot exceed the limit.
      await this.database.asPlatform(() => this.organizations.findLocked(organizationId));
      return this.database.asTenant(organizationId, async () => {
        await this.requireRoom(organizationId);
        const created = kind === 'confidential' ? this.secrets.create() : undefined;
        const application = await this.applications.insert({
          id: newId(),
          organizationId,
          createdBy: userIdOf(principal) ?? null,
          name,
          kind,
          scopes,
          redirectUris,
          description: input.description ?? null,
          homepageUrl: input.homepage_url ?? null,
          logoUrl: input.logo_url ?? null,
          secretHash: created?.hash ?? null,
          secretHint: created?.hint ?? null,
        });
        await this.log.record('oauth_application.created', application, actorOf(principal), {});
        return { ...OAuthApplicationDto.from(application), client_secret: created?.secret ?? null };
      });
    });
  }

  list({ organizationId }: Principal, query: PageQuery): Promise<Page<OAuthApplicationDto>> {
    const before = cursorId(query);
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.applications.list(query.limit, before), (row) => OAuthApplicationDto.from(row)),
    );
  }

  get({ organizationId }: Principal, id: string): Promise<OAuthApplicationDto> {
    return this.database.asTenant(organizationId, async () => {
      const application = await this.applications.find(id);
      if (!application) throw notFound('OAuth application', id);
      return OAuthApplicationDto.from(application);
    });
  }

  update(principal: Principal, id: string, input: UpdateOAuthApplicationDto): Promise<OAuthApplicationDto> {
    return this.within(principal, async () => {
      const application = await this.getLocked(id);
      const change = changeOf(application, input);
      requireFitting(application.kind, change.redirectUris);
      const before = OAuthApplicationDto.from(application);
      const after = OAuthApplicationDto.from({ ...application, ...change });
      const changed = (Object.keys(before) as (keyof OAuthApplicationDto)[]).filter(
        (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
      );
      if (changed.length === 0) return before;
      const updated = await this.applications.update(id, change);
      await this.log.record('oauth_application.updated', updated, actorOf(principal), { changed });
      this.log.forgetTokens(updated);
      return OAuthApplicationDto.from(updated);
    });
  }

  /** Only the previous secret stays valid during the overlap: each rotation ends the overlap of the one before it. */
  rotateSecret(
    principal: Principal,
    id: string,
    { overlap_seconds: overlapSeconds }: RotateOAuthApplicationSecretDto,
  ): Promise<OAuthApplicationWithSecretDto> {
    return this.within(principal, async () => {
      const application = await this.getLocked(id);
      if (application.kind === 'public') {
        throw new ApiError('CONFLICT', { detail: 'A public application has no client secret.' });
      }
      const { secret, hint, hash } = this.secrets.create();
      const secretRotatedAt = new Date();
      const previousSecretExpiresAt = new Date(secretRotatedAt.getTime() + overlapSeconds * 1000);
      const rotated = await this.applications.update(id, {
        secretHash: hash,
        secretHint: hint,
        secretRotatedAt,
        previousSecretHash: application.secretHash,
        previousSecretExpiresAt,
      });
      await this.log.record('oauth_application.secret_rotated', rotated, actorOf(principal), {
        previous_secret_expires_at: previousSecretExpiresAt.toISOString(),
      });
      this.log.forgetTokens(rotated);
      return { ...OAuthApplicationDto.from(rotated), client_secret: secret };
    });
  }

  delete(principal: Principal, id: string): Promise<void> {
    return this.within(principal, async () => {
      const application = await this.getLocked(id);
      await this.applications.delete(id);
      await this.log.record('oauth_application.deleted', application, actorOf(principal), {});
      this.log.forgetTokens(application);
    });
  }

  private async requireRoom(organizationId: string): Promise<void> {
    if ((await this.applications.countOf(organizationId)) < MAX_APPLICATIONS) return;
    throw new ApiError('CONFLICT', {
      detail: `An organization can have at most ${MAX_APPLICATIONS} OAuth applications. Delete one that you no longer need.`,
    });
  }

  /** The operator changes the applications of all organizations, and those of none. */
  private within<T>({ kind, organizationId }: Principal, work: () => Promise<T>): Promise<T> {
    return kind === 'operator' ? this.database.asPlatform(work) : this.database.asTenant(organizationId, work);
  }

  private async getLocked(id: string): Promise<OAuthApplication> {
    const application = await this.applications.findLocked(id);
    if (!application) throw notFound('OAuth application', id);
    return application;
  }
}

function changeOf(application: OAuthApplication, input: UpdateOAuthApplicationDto) {
  const { name, scopes, status, description, homepage_url: homepageUrl, logo_url: logoUrl } = input;
  const { redirect_uris: redirectUris = application.redirectUris } = input;
  return {
    redirectUris,
    name: name ?? application.name,
    scopes: scopes ?? application.scopes,
    status: status ?? application.status,
    description: description === undefined ? application.description : description,
    homepageUrl: homepageUrl === undefined ? application.homepageUrl : homepageUrl,
    logoUrl: logoUrl === undefined ? application.logoUrl : logoUrl,
  };
}

function requireFitting(kind: OAuthApplication['kind'], redirectUris: string[]): void {
  if (kind === 'public' || !mustBePublic(redirectUris)) return;
  throw invalidField('redirect_uris', 'can have a private scheme only in a public application');
}
