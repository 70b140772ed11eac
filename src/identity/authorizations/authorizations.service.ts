import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page } from '../../platform/paging/index.js';
import { actorOf } from '../audit/index.js';
import { includesRole, lacksRole, type SessionPrincipal } from '../permissions/index.js';
import type { Authorization } from './authorization.entity.js';
import { Authorizations } from './authorizations.js';
import { AuthorizationDto, type ListAuthorizationsQuery } from './authorizations.dto.js';
import { AuthorizationsRepository } from './authorizations.repository.js';

const isAdmin = ({ role }: SessionPrincipal): boolean => includesRole(role, 'admin');

/** What people have let in in an organization: each sees their own, and admins those of all members. */
@Injectable()
export class AuthorizationsService {
  constructor(
    private readonly database: Database,
    private readonly authorizations: Authorizations,
    private readonly repository: AuthorizationsRepository,
  ) {}

  async list(principal: SessionPrincipal, query: ListAuthorizationsQuery): Promise<Page<AuthorizationDto>> {
    const ofAll = query.scope === 'organization';
    if (ofAll && !isAdmin(principal)) throw lacksRole('admin');
    const before = cursorId(query);
    const { organizationId, userId } = principal;
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.repository.list(query.limit, before, ofAll ? undefined : userId), (row) =>
        AuthorizationDto.from(row),
      ),
    );
  }

  get(principal: SessionPrincipal, id: string): Promise<AuthorizationDto> {
    return this.database.asTenant(principal.organizationId, async () =>
      AuthorizationDto.from(await this.getVisible(principal, id)),
    );
  }

  end(principal: SessionPrincipal, id: string): Promise<void> {
    return this.database.asTenant(principal.organizationId, async () => {
      await this.getVisible(principal, id);
      if (!(await this.authorizations.end(id, actorOf(principal)))) throw notFound('Authorization', id);
    });
  }

  private async getVisible(principal: SessionPrincipal, id: string): Promise<Authorization> {
    const authorization = await this.repository.find(id);
    if (authorization && (authorization.userId === principal.userId || isAdmin(principal))) return authorization;
    throw notFound('Authorization', id);
  }
}
