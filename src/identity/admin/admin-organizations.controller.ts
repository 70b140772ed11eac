import { Body, Controller, Get, Patch, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { Principal, RequireRecentSignIn, RequireSuperuser } from '../permissions/index.js';
import { actorOf } from '../audit/index.js';
import { AdminOrganizationsService } from './admin-organizations.service.js';
import { AdminOrganizationDto, AdminUpdateOrganizationDto, ListOrganizationsQuery } from './admin.dto.js';

@ApiTags('Admin')
@Controller('api/v1/admin/organizations')
@RequireSuperuser()
export class AdminOrganizationsController {
  constructor(private readonly organizations: AdminOrganizationsService) {}

  /**
   * List all organizations
   *
   * All organizations on this server, newest first. Sandboxes are not listed, because they share the state of their
   * organization.
   */
  @Get()
  @ApiPage(AdminOrganizationDto)
  list(@Query() query: ListOrganizationsQuery): Promise<Page<AdminOrganizationDto>> {
    return this.organizations.list(query);
  }

  /** Get any organization */
  @Get(':id')
  get(@Id('Organization') id: string): Promise<AdminOrganizationDto> {
    return this.organizations.get(id);
  }

  /**
   * Update any organization
   *
   * Sets the plan of an organization, or suspends or resumes it. Requires a sign-in within the last 15 minutes.
   */
  @Patch(':id')
  @Idempotent()
  @RequireRecentSignIn()
  update(
    @Principal() principal: Principal,
    @Id('Organization') id: string,
    @Body() body: AdminUpdateOrganizationDto,
  ): Promise<AdminOrganizationDto> {
    return this.organizations.update(id, body, actorOf(principal));
  }
}
