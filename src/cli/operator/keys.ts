import {
  AllApiKeys,
  ApiKeysService,
  CreateApiKeyDto,
  RotateApiKeyDto,
  type ApiKeyWithSecretDto,
  type OwnedApiKeyDto,
} from '../../identity/api-keys/index.js';
import type { OperatorPrincipal } from '../../identity/permissions/index.js';
import { PageQuery, type Page } from '../../platform/paging/index.js';
import type { PageOptions } from '../command.js';
import type { CreatedKey, KeyStore, NewKey } from '../key-store.js';
import type { Application } from './application.js';
import type { OperatorOrganizations } from './organizations.js';

/** The keys of all organizations. */
export class OperatorKeys implements KeyStore {
  constructor(
    private readonly application: Application,
    private readonly organizations: OperatorOrganizations,
  ) {}

  async create({ organization: reference, ...input }: NewKey): Promise<CreatedKey> {
    const { organizations } = this;
    const organization = await (reference ? organizations.get(reference) : organizations.getDefault());
    const body = await this.application.validated(CreateApiKeyDto, input);
    const key = await this.service.create(this.application.principal(organization), body);
    return { ...key, organization_name: organization.name };
  }

  async list(page: PageOptions, reference?: string): Promise<Page<OwnedApiKeyDto>> {
    const query = await this.application.validated(PageQuery, page, 'query');
    const organization = reference ? await this.organizations.get(reference) : undefined;
    return this.application.get(AllApiKeys).list(query, organization?.id);
  }

  async revoke(id: string): Promise<void> {
    await this.service.revoke(await this.callerFor(id), id);
  }

  async rotate(id: string, overlapSeconds: number): Promise<ApiKeyWithSecretDto> {
    const body = await this.application.validated(RotateApiKeyDto, { overlap_seconds: overlapSeconds });
    return this.service.rotate(await this.callerFor(id), id, body);
  }

  /** The operator within the organization of the key. */
  private async callerFor(id: string): Promise<OperatorPrincipal> {
    const organizationId = await this.application.get(AllApiKeys).getOrganizationId(id);
    return this.application.principal(await this.organizations.get(organizationId));
  }

  private get service(): ApiKeysService {
    return this.application.get(ApiKeysService);
  }
}
