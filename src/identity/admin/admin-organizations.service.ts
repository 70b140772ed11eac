import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page } from '../../platform/paging/index.js';
import type { AuditActor } from '../audit/index.js';
import { OrganizationLifecycle } from '../organizations/index.js';
import { AdminOrganizationDto, type AdminUpdateOrganizationDto, type ListOrganizationsQuery } from './admin.dto.js';
import { AdminRepository } from './admin.repository.js';

/** Operations on organizations, for superusers and the operator at the command line. */
@Injectable()
export class AdminOrganizationsService {
  constructor(
    private readonly database: Database,
    private readonly repository: AdminRepository,
    private readonly lifecycle: OrganizationLifecycle,
  ) {}

  list(query: ListOrganizationsQuery): Promise<Page<AdminOrganizationDto>> {
    const { limit, name, plan } = query;
    const before = cursorId(query);
    const filter = { ...(name !== undefined && { name }), ...(plan !== undefined && { plan }) };
    return this.database.asPlatform(async () =>
      toPage(await this.repository.listOrganizations(filter, limit, before), (organization) =>
        AdminOrganizationDto.from(organization),
      ),
    );
  }

  get(id: string): Promise<AdminOrganizationDto> {
    return this.database.asPlatform(async () => {
      const organization = await this.repository.findOrganization(id);
      if (!organization) throw notFound('Organization', id);
      return AdminOrganizationDto.from(organization);
    });
  }

  update(
    id: string,
    { plan, suspended }: AdminUpdateOrganizationDto,
    actor: AuditActor,
  ): Promise<AdminOrganizationDto> {
    return this.database.asPlatform(async () => {
      if (plan !== undefined) await this.lifecycle.setPlan(id, plan, actor);
      if (suspended === true) await this.lifecycle.suspend(id, actor);
      if (suspended === false) await this.lifecycle.resume(id, actor);
      return this.get(id);
    });
  }
}
