import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { actorOf, Audit } from '../audit/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { RegistrationTokenSecrets } from './client-secrets.js';
import {
  RegistrationTokenDto,
  type CreateRegistrationTokenDto,
  type RegistrationTokenWithSecretDto,
} from './registration-tokens.dto.js';
import { RegistrationTokensRepository } from './registration-tokens.repository.js';

const MAX_TOKENS = 20;

/** The tokens with which clients register themselves in an organization. */
@Injectable()
export class RegistrationTokensService {
  constructor(
    private readonly database: Database,
    private readonly tokens: RegistrationTokensRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly secrets: RegistrationTokenSecrets,
    private readonly audit: Audit,
  ) {}

  create(principal: SessionPrincipal, input: CreateRegistrationTokenDto): Promise<RegistrationTokenWithSecretDto> {
    const { organizationId, userId: createdBy } = principal;
    return this.database.inSharedTransaction(async () => {
      // Locked, so that concurrent requests cannot exceed the limit.
      await this.database.asPlatform(() => this.organizations.findLocked(organizationId));
      return this.database.asTenant(organizationId, async () => {
        await this.requireRoom();
        const { secret, hint, hash: tokenHash } = this.secrets.create();
        const expiresAt = new Date(Date.now() + input.expires_in_seconds * 1000);
        const token = await this.tokens.insert({ id: newId(), organizationId, createdBy, tokenHash, hint, expiresAt });
        await this.record('oauth_registration_token.created', token.id, principal, {
          expires_at: expiresAt.toISOString(),
        });
        return { ...RegistrationTokenDto.from(token), token: secret };
      });
    });
  }

  list({ organizationId }: SessionPrincipal, query: PageQuery): Promise<Page<RegistrationTokenDto>> {
    const before = cursorId(query);
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.tokens.list(query.limit, before), (token) => RegistrationTokenDto.from(token)),
    );
  }

  delete(principal: SessionPrincipal, id: string): Promise<void> {
    return this.database.asTenant(principal.organizationId, async () => {
      if (!(await this.tokens.delete(id))) throw notFound('Registration token', id);
      await this.record('oauth_registration_token.deleted', id, principal, {});
    });
  }

  private async requireRoom(): Promise<void> {
    if ((await this.tokens.count()) < MAX_TOKENS) return;
    throw new ApiError('CONFLICT', {
      detail: `An organization can have at most ${MAX_TOKENS} registration tokens. Delete one that you no longer need.`,
    });
  }

  private async record(
    action: 'oauth_registration_token.created' | 'oauth_registration_token.deleted',
    id: string,
    principal: SessionPrincipal,
    details: object,
  ): Promise<void> {
    await this.audit.record({
      action,
      actor: actorOf(principal),
      target: { type: 'oauth_registration_token', id },
      details,
    });
  }
}
