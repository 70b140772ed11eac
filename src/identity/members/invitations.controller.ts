import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Creates, Public } from '../../platform/http/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireRecentSignIn, RequireRole, RequireSession } from '../permissions/index.js';
import { RateOfSignIn } from '../sign-in-attempts/index.js';
import { OrganizationDto } from '../organizations/index.js';
import { AcceptInvitation } from './accept-invitation.js';
import { AcceptInvitationDto, CreateInvitationDto, InvitationDto, InvitationPreviewDto } from './invitations.dto.js';
import { InvitationsService } from './invitations.service.js';

@ApiTags('Organizations')
@Controller('api/v1/organizations/me/invitations')
export class InvitationsController {
  constructor(private readonly invitations: InvitationsService) {}

  /**
   * Invites somebody by mail. The invitation is valid for 7 days, for the account with that address only, and for as long as you
   * may grant the role. Confirm your own email address first. Mails per day are limited by person, organization and recipient.
   */
  @Post()
  @Creates()
  @Idempotent()
  @RequireRole('admin')
  @RequireRecentSignIn()
  create(@SessionPrincipal() principal: SessionPrincipal, @Body() body: CreateInvitationDto): Promise<InvitationDto> {
    return this.invitations.create(principal, body);
  }

  /** Lists the invitations that have been neither accepted nor revoked, newest first. */
  @Get()
  @RequireRole('admin')
  @ApiPage(InvitationDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<InvitationDto>> {
    return this.invitations.list(principal, query);
  }

  /** Reads one invitation. */
  @Get(':id')
  @RequireRole('admin')
  get(@SessionPrincipal() principal: SessionPrincipal, @Id() id: string): Promise<InvitationDto> {
    return this.invitations.get(principal, id);
  }

  /** Sends the mail again; the invitation is good for another 7 days, also one that has expired. */
  @Post(':id/resend')
  @HttpCode(200)
  @Idempotent()
  @RequireRole('admin')
  @RequireRecentSignIn()
  resend(@SessionPrincipal() principal: SessionPrincipal, @Id() id: string): Promise<InvitationDto> {
    return this.invitations.resend(principal, id);
  }

  /** Revokes an invitation: the link in the mail leads nowhere any more. */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireRole('admin')
  revoke(@SessionPrincipal() principal: SessionPrincipal, @Id() id: string): Promise<void> {
    return this.invitations.revoke(principal, id);
  }
}

@ApiTags('Organizations')
@Controller('api/v1/invitations')
export class AcceptInvitationController {
  constructor(private readonly invitations: AcceptInvitation) {}

  /**
   * Shows what an invitation offers, before it is accepted: the organization, the role, who invites, and the invited address. The
   * token is the only credential.
   */
  @Post('inspect')
  @RateOfSignIn('token')
  @HttpCode(200)
  @Idempotent()
  @Public()
  @ApiProblems(404)
  inspect(@Body() { token }: AcceptInvitationDto): Promise<InvitationPreviewDto> {
    return this.invitations.inspect(token);
  }

  /**
   * Accepts an invitation to the address of my account, once, and confirms that address. This session stays in its
   * organization: `POST /auth/switch-organization` goes over to the new one.
   */
  @Post('accept')
  @HttpCode(200)
  @Idempotent()
  @RequireSession()
  @ApiProblems(404)
  accept(
    @SessionPrincipal() principal: SessionPrincipal,
    @Body() { token }: AcceptInvitationDto,
  ): Promise<OrganizationDto> {
    return this.invitations.accept(principal, token);
  }
}
