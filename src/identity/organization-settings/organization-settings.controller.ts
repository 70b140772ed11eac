import { Body, Controller, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OperationId } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { UpdateOrganizationDto, type OrganizationDto } from '../organizations/index.js';
import { RequireRecentSignInFor, RequireRole, SessionPrincipal } from '../permissions/index.js';
import { OrganizationSettingsService } from './organization-settings.service.js';

@ApiTags('Organizations')
@Controller('api/v1/organizations/me')
export class OrganizationSettingsController {
  constructor(private readonly settings: OrganizationSettingsService) {}

  /**
   * Update the current organization
   *
   * Changing `log_bodies` or `require_app_approval` requires a sign-in within the last 15 minutes.
   */
  @Patch()
  @OperationId('organizations.update')
  @Idempotent()
  @RequireRole('admin')
  @RequireRecentSignInFor('log_bodies', 'require_app_approval')
  update(
    @SessionPrincipal() principal: SessionPrincipal,
    @Body() body: UpdateOrganizationDto,
  ): Promise<OrganizationDto> {
    return this.settings.update(principal, body);
  }
}
