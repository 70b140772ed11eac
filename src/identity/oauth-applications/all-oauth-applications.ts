import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { OAuthApplicationDto } from './oauth-applications.dto.js';
import { OAuthApplicationsRepository } from './oauth-applications.repository.js';

export type OwnedOAuthApplicationDto = OAuthApplicationDto & { organization_id: string; organization_name: string };

/** The applications of all organizations, for the operator at the command line. */
@Injectable()
export class AllOAuthApplications {
  constructor(
    private readonly database: Database,
    private readonly applications: OAuthApplicationsRepository,
    private readonly organizations: OrganizationsRepository,
  ) {}

  /** @param organizationId lists the applications of this organization only */
  async list(query: PageQuery, organizationId?: string): Promise<Page<OwnedOAuthApplicationDto>> {
    const find = () => this.applications.list(query.limit, cursorId(query));
    const found = await (organizationId
      ? this.database.asTenant(organizationId, find)
      : this.database.asPlatform(find));
    const owners = found.rows.map((application) => application.organizationId);
    const names = await this.database.asPlatform(() => this.organizations.namesOf(owners));
    return toPage(found, (application) => ({
      ...OAuthApplicationDto.from(application),
      organization_id: application.organizationId,
      organization_name: names.get(application.organizationId) ?? '',
    }));
  }

  /** The organization that registered an application. */
  getOrganizationId(id: string): Promise<string> {
    return this.database.asPlatform(async () => {
      const application = await this.applications.find(id);
      if (!application) throw notFound('OAuth application', id);
      return application.organizationId;
    });
  }
}
