import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import type { SessionPrincipal } from '../permissions/index.js';
import { actorOf, Audit } from '../audit/index.js';
import { CredentialCache } from '../credentials/index.js';
import { isClosed, OrganizationsRepository } from '../organizations/index.js';
import { UserDto, UsersRepository } from '../users/index.js';
import { SessionDto } from './sessions.dto.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** Operations of people on their own sessions. */
@Injectable()
export class OwnSessions {
  constructor(
    private readonly database: Database,
    private readonly users: UsersRepository,
    private readonly organizations: OrganizationsRepository,
    private readonly repository: SessionsRepository,
    private readonly sessions: SessionsService,
    private readonly audit: Audit,
    private readonly credentials: CredentialCache,
  ) {}

  list({ userId, credentialId }: SessionPrincipal, query: PageQuery): Promise<Page<SessionDto>> {
    const before = cursorId(query);
    return this.database.asPlatform(async () =>
      toPage(await this.repository.listOpen(userId, query.limit, before), (session) =>
        SessionDto.from(session, credentialId),
      ),
    );
  }

  end({ userId }: SessionPrincipal, id: string): Promise<void> {
    return this.database.asPlatform(async () => {
      if (!(await this.sessions.end(userId, id))) throw notFound('Session', id);
    });
  }

  endOthers(principal: SessionPrincipal): Promise<void> {
    const { userId, credentialId } = principal;
    return this.database.asPlatform(() => this.sessions.endAllOf(userId, actorOf(principal), credentialId));
  }

  /** Continues in another organization, with the same session and the same tokens. */
  switchOrganization(principal: SessionPrincipal, organizationId: string): Promise<UserDto> {
    const { userId, credentialId } = principal;
    return this.database.asPlatform(async () => {
      if (!(await this.organizations.holdMembership(organizationId, userId)))
        throw notFound('Organization', organizationId);
      const organization = await this.organizations.getById(organizationId);
      if (isClosed(organization)) throw notFound('Organization', organizationId);
      // A client that missed the response may repeat this: an Idempotency-Key applies to the organization it has left.
      if (principal.organizationId !== organizationId) {
        await this.repository.update(credentialId, { organizationId });
        await this.audit.record({
          action: 'session.organization_switched',
          actor: actorOf(principal),
          target: { type: 'session', id: credentialId },
          organizationId,
        });
        this.credentials.revoke([principal.billingOrganizationId], `credential:${credentialId}`);
      }
      return UserDto.from(await this.users.getById(userId), organization);
    });
  }
}
