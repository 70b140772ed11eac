import { validate as isUuid } from 'uuid';
import {
  AppApprovalsService,
  ApproveAppDto,
  ListAppApprovalsQuery,
  type AppApprovalDto,
} from '../../identity/app-approvals/index.js';
import type { OperatorPrincipal } from '../../identity/permissions/index.js';
import type { Page } from '../../platform/paging/index.js';
import type { PageOptions } from '../command.js';
import { nothingFound } from '../failure.js';
import type { Application } from './application.js';
import type { OperatorOrganizations } from './organizations.js';

/** What organizations decide about apps, for the operator. */
export class OperatorAppApprovals {
  constructor(
    private readonly application: Application,
    private readonly organizations: OperatorOrganizations,
  ) {}

  async list(page: PageOptions & { status?: string }, organization?: string): Promise<Page<AppApprovalDto>> {
    const query = await this.application.validated(ListAppApprovalsQuery, page, 'query');
    const owner = await (organization ? this.organizations.get(organization) : this.organizations.getDefault());
    return this.service.list(this.application.principal(owner), query);
  }

  /** @param scopes all that are requested by default */
  async approve(id: string, scopes?: string[]): Promise<AppApprovalDto> {
    const caller = this.callerFor(id);
    const allowed = scopes ?? (await this.service.get(caller, id)).requested_scopes;
    return this.service.approve(caller, id, await this.application.validated(ApproveAppDto, { scopes: allowed }));
  }

  deny(id: string): Promise<AppApprovalDto> {
    return this.service.deny(this.callerFor(id), id);
  }

  /** The operator, whose commands identify an approval by its id alone. */
  private callerFor(id: string): OperatorPrincipal {
    if (!isUuid(id)) throw nothingFound(`No app approval has the id ${id}.`);
    return this.application.principal();
  }

  private get service(): AppApprovalsService {
    return this.application.get(AppApprovalsService);
  }
}
