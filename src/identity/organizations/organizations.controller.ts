import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Creates } from '../../platform/http/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireRecentSignIn, RequireRole, RequireSession } from '../permissions/index.js';
import { CreateOrganizationDto, DeleteOrganizationDto, OrganizationDto } from './organizations.dto.js';
import { OrganizationsService } from './organizations.service.js';

@ApiTags('Organizations')
@Controller('api/v1/organizations')
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsService) {}

  /**
   * List your organizations
   *
   * Organizations of which you are a member, newest first.
   */
  @Get()
  @RequireSession()
  @ApiPage(OrganizationDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<OrganizationDto>> {
    return this.organizations.list(principal, query);
  }

  /**
   * Create an organization
   *
   * Creates an organization with you as its owner and with its own sandbox. This session stays in its current
   * organization. Confirm your email address first. Free organizations that the same person created share one set of
   * limits and quotas.
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

  /**
   * Get the current organization
   *
   * The organization of this session.
   */
  @Get('me')
  @RequireSession()
  getCurrent(@SessionPrincipal() principal: SessionPrincipal): Promise<OrganizationDto> {
    return this.organizations.get(principal, principal.organizationId);
  }

  /**
   * Delete the current organization
   *
   * Refuses its sessions and API keys at once. For 30 days, an owner with a session in another organization can
   * restore it. After that, the organization and all its data are deleted permanently. Requires a sign-in within the
   * last 15 minutes.
   */
  @Delete('me')
  @HttpCode(204)
  @Idempotent()
  @RequireRole('owner')
  @RequireRecentSignIn()
  delete(@SessionPrincipal() principal: SessionPrincipal, @Body() body: DeleteOrganizationDto): Promise<void> {
    return this.organizations.delete(principal, body);
  }

  /**
   * Get one of your organizations
   *
   * Suspended and deleted organizations are included.
   */
  @Get(':id')
  @RequireSession()
  get(@SessionPrincipal() principal: SessionPrincipal, @Id('Organization') id: string): Promise<OrganizationDto> {
    return this.organizations.get(principal, id);
  }

  /**
   * Restore a deleted organization
   *
   * Only an owner can restore an organization, within 30 days of its deletion. Requires a sign-in within the last 15
   * minutes.
   */
  @Post(':id/restore')
  @HttpCode(200)
  @Idempotent()
  @RequireSession()
  @RequireRecentSignIn()
  restore(@SessionPrincipal() principal: SessionPrincipal, @Id('Organization') id: string): Promise<OrganizationDto> {
    return this.organizations.restore(principal, id);
  }
}
