import { validate as isUuid } from 'uuid';
import {
  AllOAuthApplications,
  CreateOAuthApplicationDto,
  OAuthApplicationsService,
  RotateOAuthApplicationSecretDto,
  UpdateOAuthApplicationDto,
  type OAuthApplicationDto,
  type OAuthApplicationWithSecretDto,
  type OwnedOAuthApplicationDto,
} from '../../identity/oauth-applications/index.js';
import type { OperatorPrincipal } from '../../identity/permissions/index.js';
import { PageQuery, type Page } from '../../platform/paging/index.js';
import type { PageOptions } from '../command.js';
import { nothingFound } from '../failure.js';
import type { Application } from './application.js';
import type { OperatorOrganizations } from './organizations.js';

/** The OAuth applications of all organizations. */
export class OperatorOAuthApps {
  constructor(
    private readonly application: Application,
    private readonly organizations: OperatorOrganizations,
  ) {}

  async list(page: PageOptions, organization?: string): Promise<Page<OwnedOAuthApplicationDto>> {
    const query = await this.application.validated(PageQuery, page, 'query');
    const owner = organization ? await this.organizations.get(organization) : undefined;
    return this.application.get(AllOAuthApplications).list(query, owner?.id);
  }

  async create(
    input: object,
    organization?: string,
  ): Promise<OAuthApplicationWithSecretDto & { organization_name: string }> {
    const owner = await (organization ? this.organizations.get(organization) : this.organizations.getDefault());
    const body = await this.application.validated(CreateOAuthApplicationDto, input);
    const created = await this.service.create(this.application.principal(owner), body);
    return { ...created, organization_name: owner.name };
  }

  async rotateSecret(id: string, overlapSeconds: number): Promise<OAuthApplicationWithSecretDto> {
    const body = await this.application.validated(RotateOAuthApplicationSecretDto, { overlap_seconds: overlapSeconds });
    return this.service.rotateSecret(this.callerFor(id), id, body);
  }

  async update(id: string, change: UpdateOAuthApplicationDto): Promise<OAuthApplicationDto> {
    const body = await this.application.validated(UpdateOAuthApplicationDto, change);
    return this.service.update(this.callerFor(id), id, body);
  }

  /** The operator, whose commands identify an application by its id alone. */
  private callerFor(id: string): OperatorPrincipal {
    if (!isUuid(id)) throw nothingFound(`No OAuth application has the client id ${id}.`);
    return this.application.principal();
  }

  private get service(): OAuthApplicationsService {
    return this.application.get(OAuthApplicationsService);
  }
}
