import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page, type PageQuery } from '../../platform/paging/index.js';
import { ApiKeyDto } from './api-keys.dto.js';
import { ApiKeysRepository } from './api-keys.repository.js';

export type OwnedApiKeyDto = ApiKeyDto & { organization_id: string };

/** The keys of all organizations, for the operator at the command line. */
@Injectable()
export class AllApiKeys {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeysRepository,
  ) {}

  list(query: PageQuery): Promise<Page<OwnedApiKeyDto>> {
    const before = cursorId(query);
    return this.database.asPlatform(async () => {
      const found = await this.keys.list(query.limit, before, 'live');
      const counts = await this.keys.countDescendants(found.rows.map(({ id }) => id));
      return toPage(found, (key) => ({
        ...ApiKeyDto.from(key, counts.get(key.id) ?? 0),
        organization_id: key.organizationId,
      }));
    });
  }

  /** Whose key it is. */
  getOrganizationId(id: string): Promise<string> {
    return this.database.asPlatform(async () => {
      const key = await this.keys.find(id, 'live');
      if (!key) throw notFound('API key', id);
      return key.organizationId;
    });
  }
}
