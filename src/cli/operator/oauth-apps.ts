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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Settings of a new application, as in the API. */
export interface NewOAuthApp {
  name: string;
  kind: string;
  redirect_uris: string[];
  scopes: string[];
  description: string | undefined;
  homepage_url: string | undefined;
  logo_url: string | undefined;
}

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
    input: NewOAuthApp,
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
    if (!UUID.test(id)) throw nothingFound(`No OAuth application has the client id ${id}.`);
    return this.application.principal();
  }

  private get service(): OAuthApplicationsService {
    return this.application.get(OAuthApplicationsService);
  }
}
