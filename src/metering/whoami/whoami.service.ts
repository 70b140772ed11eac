import { Injectable } from '@nestjs/common';
import { OrganizationsRepository } from '../../identity/organizations/index.js';
import type { Principal } from '../../identity/permissions/index.js';
import { Database } from '../../platform/database/index.js';
import { PlansService } from '../plans/index.js';
import { CallerDto } from './whoami.dto.js';

/** Describes the caller to itself. */
@Injectable()
export class WhoamiService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationsRepository,
    private readonly plans: PlansService,
  ) {}

  async describe(principal: Principal): Promise<CallerDto> {
    const [organization, plan] = await Promise.all([
      this.database.asPlatform(() => this.organizations.getById(principal.billingOrganizationId)),
      this.plans.get(principal.plan),
    ]);
    return CallerDto.from(principal, organization, plan);
  }
}
