import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { OrganizationsRepository } from '../organizations/index.js';
import { ApiKeyDto } from './api-keys.dto.js';
import { ApiKeysRepository } from './api-keys.repository.js';

export type OwnedApiKeyDto = ApiKeyDto & { organization_id: string; organization_name: string };

/** The keys of all organizations, for the operator at the command line. */
@Injectable()
export class AllApiKeys {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
    private readonly organizations: OrganizationsRepository,
  ) {}

  /** @param organizationId lists the keys of this organization only */
  async list(query: PageQuery, organizationId?: string): Promise<Page<OwnedApiKeyDto>> {
    const find = () => this.keys.list(query.limit, cursorId(query), 'live');
    const found = await (organizationId
      ? this.database.asTenant(organizationId, find)
      : this.database.asPlatform(find));
    return this.database.asPlatform(async () => {
      const counts = await this.keys.countDescendants(found.rows.map(({ id }) => id));
      const names = await this.organizations.namesOf(found.rows.map((key) => key.organizationId));
      return toPage(found, (key) => ({
        ...ApiKeyDto.from(key, counts.get(key.id) ?? 0),
        organization_id: key.organizationId,
        organization_name: names.get(key.organizationId) ?? '',
      }));
    });
  }

  /** The organization that owns a key. */
  getOrganizationId(id: string): Promise<string> {
    return this.database.asPlatform(async () => {
      const key = await this.keys.find(id, 'live');
      if (!key) throw notFound('API key', id);
      return key.organizationId;
    });
  }
}
