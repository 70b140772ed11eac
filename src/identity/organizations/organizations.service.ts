import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, invalidField, notFound } from '../../platform/errors/index.js';
import { Events } from '../../platform/events/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import type { Principal, SessionPrincipal } from '../permissions/index.js';
import { actorOf } from '../audit/index.js';
import { UsersRepository } from '../users/index.js';
import type { Membership } from './membership.entity.js';
import { OrganizationAllowance } from './organization-allowance.js';
import { OrganizationLifecycle } from './organization-lifecycle.js';
import { OrganizationDto, type CreateOrganizationDto, type DeleteOrganizationDto } from './organizations.dto.js';
import { OrganizationsRepository } from './organizations.repository.js';
import type { organizationsEvents } from './organizations.events.js';

/** The organizations of the person who is calling. */
@Injectable()
export class OrganizationsService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly lifecycle: OrganizationLifecycle,
    private readonly allowance: OrganizationAllowance,
    private readonly users: UsersRepository,
    private readonly events: Events<typeof organizationsEvents>,
  ) {}

  list({ userId, organizationId }: SessionPrincipal, query: PageQuery): Promise<Page<OrganizationDto>> {
    const before = cursorId(query);
    return this.database.asPlatform(async () =>
      toPage(await this.organizations.listOf(userId, query.limit, before), (organization) =>
        OrganizationDto.from(organization, organization.role, organizationId),
      ),
    );
  }

  create(principal: SessionPrincipal, { name }: CreateOrganizationDto): Promise<OrganizationDto> {
    return this.database.asPlatform(async () => {
      // If the person were erased concurrently, the organization would have no members.
      const owner = await this.users.getLocked(principal.userId);
      await this.allowance.requireAnother(owner);
      const organization = await this.organizations.insert(name, owner.id);
      const { id: organizationId } = organization;
      await this.events.record({
        type: 'organization.created',
        subject: organizationId,
        payload: {},
        organizationId,
      });
      return OrganizationDto.from(organization, 'owner', principal.organizationId);
    });
  }

  get(principal: SessionPrincipal, id: string): Promise<OrganizationDto> {
    return this.database.asPlatform(async () => {
      const { role } = await this.getMembership(principal, id);
      return OrganizationDto.from(await this.organizations.getById(id), role, principal.organizationId);
    });
  }

  /** Closes the caller's organization. It requires the name again, because no one can act in it afterwards to undo a mistake. */
  delete(principal: Principal, { name }: DeleteOrganizationDto): Promise<void> {
    const { organizationId: id } = principal;
    return this.database.asPlatform(async () => {
      const organization = await this.organizations.getById(id);
      if (organization.name !== name) throw invalidField('name', 'must match the name of this organization');
      await this.lifecycle.delete(id, actorOf(principal));
    });
  }

  restore(principal: SessionPrincipal, id: string): Promise<OrganizationDto> {
    return this.database.asPlatform(async () => {
      const { role } = await this.getMembership(principal, id);
      if (role !== 'owner') throw new ApiError('FORBIDDEN', { detail: 'Only an owner can restore an organization.' });
      const organization = await this.lifecycle.restore(id, actorOf(principal));
      return OrganizationDto.from(organization, role, principal.organizationId);
    });
  }

  /** An organization that the caller is not in is reported like one that does not exist. */
  private async getMembership({ userId }: SessionPrincipal, id: string): Promise<Membership> {
    const membership = await this.organizations.findMembership(id, userId);
    if (!membership) throw notFound('Organization', id);
    return membership;
  }
}
