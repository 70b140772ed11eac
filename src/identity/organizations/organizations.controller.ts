import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Creates } from '../../platform/http/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import {
  SessionPrincipal,
  RequireRecentSignIn,
  RequireRecentSignInFor,
  RequireRole,
  RequireSession,
} from '../permissions/index.js';
import {
  CreateOrganizationDto,
  DeleteOrganizationDto,
  OrganizationDto,
  UpdateOrganizationDto,
} from './organizations.dto.js';
import { OrganizationsService } from './organizations.service.js';

@ApiTags('Organizations')
@Controller('api/v1/organizations')
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsService) {}

  /** Lists the organizations that I am a member of, newest first. */
  @Get()
  @RequireSession()
  @ApiPage(OrganizationDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<OrganizationDto>> {
    return this.organizations.list(principal, query);
  }

  /**
   * Creates another organization, with you as its owner and with a sandbox of its own. This session stays where it is. Confirm your
   * email address first. Unpaid organizations that one person created share one set of limits and quotas.
   */
  @Post()
  @Creates()
  @Idempotent()
  @RequireSession()
  create(
    @SessionPrincipal() principal: SessionPrincipal,
    @Body() body: CreateOrganizationDto,
  ): Promise<OrganizationDto> {
    return this.organizations.create(principal, body);
  }

  /** Reads the organization that this session acts in. */
  @Get('me')
  @RequireSession()
  getCurrent(@SessionPrincipal() principal: SessionPrincipal): Promise<OrganizationDto> {
    return this.organizations.get(principal, principal.organizationId);
  }

  /** Changes the organization. */
  @Patch('me')
  @Idempotent()
  @RequireRole('admin')
  @RequireRecentSignInFor('log_bodies')
  update(
    @SessionPrincipal() principal: SessionPrincipal,
    @Body() body: UpdateOrganizationDto,
  ): Promise<OrganizationDto> {
    return this.organizations.update(principal, body);
  }

  /**
   * Deletes the organization. Its sessions and API keys are refused at once. For 30 days an owner who is signed in elsewhere can
   * restore it; then it is deleted for good, with all its data.
   */
  @Delete('me')
  @HttpCode(204)
  @Idempotent()
  @RequireRole('owner')
  @RequireRecentSignIn()
  delete(@SessionPrincipal() principal: SessionPrincipal, @Body() body: DeleteOrganizationDto): Promise<void> {
    return this.organizations.delete(principal, body);
  }

  /** Reads one of my organizations, also one that is suspended or deleted. */
  @Get(':id')
  @RequireSession()
  get(@SessionPrincipal() principal: SessionPrincipal, @Id('Organization') id: string): Promise<OrganizationDto> {
    return this.organizations.get(principal, id);
  }

  /** Restores an organization that was deleted less than 30 days ago. Only its owners can. */
  @Post(':id/restore')
  @HttpCode(200)
  @Idempotent()
  @RequireSession()
  @RequireRecentSignIn()
  restore(@SessionPrincipal() principal: SessionPrincipal, @Id('Organization') id: string): Promise<OrganizationDto> {
    return this.organizations.restore(principal, id);
  }
}
