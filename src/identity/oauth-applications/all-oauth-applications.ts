import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { OAuthApplicationDto } from './oauth-applications.dto.js';
import { OAuthApplicationsRepository } from './oauth-applications.repository.js';

export type OwnedOAuthApplicationDto = OAuthApplicationDto & {
  /** Null for an application that registered itself without a token. */
  organization_id: string | null;
  organization_name: string | null;
};

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
    const owners = found.rows.flatMap(({ organizationId: id }) => id ?? []);
    const names = await this.database.asPlatform(() => this.organizations.namesOf(owners));
    return toPage(found, (application) => ({
      ...OAuthApplicationDto.from(application),
      organization_id: application.organizationId,
      organization_name: names.get(application.organizationId ?? '') ?? null,
    }));
  }
}
