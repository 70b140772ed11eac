import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, Creates, OperationId, Public } from '../../platform/http/index.js';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireRecentSignIn, RequireRole, RequireSession } from '../permissions/index.js';
import { RateOfSignIn } from '../sign-in-attempts/index.js';
import { OrganizationDto } from '../organizations/index.js';
import { AcceptInvitation } from './accept-invitation.js';
import { AcceptInvitationDto, CreateInvitationDto, InvitationDto, InvitationPreviewDto } from './invitations.dto.js';
import { InvitationsService } from './invitations.service.js';

@ApiTags('Members')
@Controller('api/v1/organizations/me/invitations')
export class InvitationsController {
  constructor(private readonly invitations: InvitationsService) {}

  /**
   * Invite a person
   *
   * Mails an invitation, which expires after 7 days. Only the account with this email address can accept it, and only
   * while you may grant the role. Confirm your own email address first. The number of mails per day is limited by
   * sender, organization and recipient. Requires a sign-in within the last 15 minutes.
   */
  @Post()
  @Creates()
  @Idempotent()
  @RequireRole('admin')
  @RequireRecentSignIn()
  create(@SessionPrincipal() principal: SessionPrincipal, @Body() body: CreateInvitationDto): Promise<InvitationDto> {
    return this.invitations.create(principal, body);
  }

  /**
   * List pending invitations
   *
   * Invitations that are neither accepted nor revoked, newest first.
   */
  @Get()
  @RequireRole('admin')
  @ApiPage(InvitationDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<InvitationDto>> {
    return this.invitations.list(principal, query);
  }

  /** Get an invitation */
  @Get(':id')
  @RequireRole('admin')
  get(@SessionPrincipal() principal: SessionPrincipal, @Id('Invitation') id: string): Promise<InvitationDto> {
    return this.invitations.get(principal, id);
  }

  /**
   * Resend an invitation
   *
   * Sends the mail again and extends the invitation by 7 days, even if it has expired. Requires a sign-in within the
   * last 15 minutes.
   */
  @Post(':id/resend')
  @HttpCode(200)
  @Idempotent()
  @RequireRole('admin')
  @RequireRecentSignIn()
  resend(@SessionPrincipal() principal: SessionPrincipal, @Id('Invitation') id: string): Promise<InvitationDto> {
    return this.invitations.resend(principal, id);
  }

  /**
   * Revoke an invitation
   *
   * The link in the mail stops working at once.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  @RequireRole('admin')
  revoke(@SessionPrincipal() principal: SessionPrincipal, @Id('Invitation') id: string): Promise<void> {
    return this.invitations.revoke(principal, id);
  }
}

@ApiTags('Members')
@Controller('api/v1/invitations')
export class AcceptInvitationController {
  constructor(private readonly invitations: AcceptInvitation) {}

  /**
   * Inspect an invitation
   *
   * Returns what an invitation offers before you accept it: the organization, the role, the inviter and the invited address.
   * The token is the only credential.
   */
  @Post('inspect')
  @OperationId('invitations.inspect')
  @RateOfSignIn('token')
  @HttpCode(200)
  @Idempotent()
  @Public()
  @ApiProblems(404)
  inspect(@Body() { token }: AcceptInvitationDto): Promise<InvitationPreviewDto> {
    return this.invitations.inspect(token);
  }

  /**
   * Accept an invitation
   *
   * Joins the organization and confirms the email address that the invitation was sent to. This session stays in its
   * current organization. Call `POST /auth/switch-organization` to work in the new one.
   */
  @Post('accept')
  @OperationId('invitations.accept')
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
