import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { AppApprovals } from '../app-approvals/index.js';
import { actorOf, type AuditActor } from '../audit/index.js';
import {
  OrganizationLifecycle,
  OrganizationsRepository,
  OrganizationsService,
  type OrganizationDto,
  type UpdateOrganizationDto,
} from '../organizations/index.js';
import type { SessionPrincipal } from '../permissions/index.js';

/** Changes the settings of an organization, and what follows from them elsewhere. */
@Injectable()
export class OrganizationSettingsService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly lifecycle: OrganizationLifecycle,
    private readonly approvals: AppApprovals,
    private readonly reader: OrganizationsService,
  ) {}

  update(principal: SessionPrincipal, input: UpdateOrganizationDto): Promise<OrganizationDto> {
    const { name, log_bodies: logBodies, require_app_approval: requireAppApproval } = input;
    const { organizationId: id } = principal;
    const actor = actorOf(principal);
    return this.database.asPlatform(async () => {
      if (name !== undefined) await this.lifecycle.rename(id, name, actor);
      if (logBodies !== undefined) await this.lifecycle.setLogBodies(id, logBodies, actor);
      if (requireAppApproval !== undefined) await this.setRequireAppApproval(id, requireAppApproval, actor);
      return this.reader.get(principal, id);
    });
  }

  /** Nobody can let an app in while the organization is locked, so none is missed. */
  private async setRequireAppApproval(id: string, required: boolean, actor: AuditActor): Promise<void> {
    const before = await this.organizations.findLocked(id);
    await this.lifecycle.setRequireAppApproval(id, required, actor);
    if (required && before?.requireAppApproval === false) await this.approvals.adopt(id, actor);
  }
}
