import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { RequireRecentSignIn, RequireRole, SessionPrincipal } from '../permissions/index.js';
import { AppApprovalDto, ApproveAppDto, ListAppApprovalsQuery } from './app-approvals.dto.js';
import { AppApprovalsService } from './app-approvals.service.js';

@ApiTags('OAuth')
@Controller('api/v1/app-approvals')
@RequireRole('admin')
export class AppApprovalsController {
  constructor(private readonly approvals: AppApprovalsService) {}

  /**
   * List app approvals
   *
   * The apps that members asked for, and that you approved or denied, newest first. They apply while
   * `require_app_approval` of the organization is true.
   */
  @Get()
  @ApiPage(AppApprovalDto)
  list(
    @SessionPrincipal() principal: SessionPrincipal,
    @Query() query: ListAppApprovalsQuery,
  ): Promise<Page<AppApprovalDto>> {
    return this.approvals.list(principal, query);
  }

  /** Get an app approval */
  @Get(':id')
  get(@SessionPrincipal() principal: SessionPrincipal, @Id('App approval') id: string): Promise<AppApprovalDto> {
    return this.approvals.get(principal, id);
  }

  /**
   * Approve an app
   *
   * Members can then let the app in with these scopes, besides those approved before. Other requested scopes are
   * denied. Those who asked are notified. You can also approve what was denied. Requires a sign-in within the last 15
   * minutes.
   */
  @Post(':id/approve')
  @HttpCode(200)
  @Idempotent()
  @RequireRecentSignIn()
  @ApiProblems(409)
  approve(
    @SessionPrincipal() principal: SessionPrincipal,
    @Id('App approval') id: string,
    @Body() body: ApproveAppDto,
  ): Promise<AppApprovalDto> {
    return this.approvals.approve(principal, id, body);
  }

  /**
   * Deny an app
   *
   * Denies the requested scopes, and notifies those who asked. An app that was approved before keeps its scopes.
   * Members can ask again.
   */
  @Post(':id/deny')
  @HttpCode(200)
  @Idempotent()
  @ApiProblems(409)
  deny(@SessionPrincipal() principal: SessionPrincipal, @Id('App approval') id: string): Promise<AppApprovalDto> {
    return this.approvals.deny(principal, id);
  }

  /**
   * Revoke an app approval
   *
   * Ends all authorizations of the app in the organization at once, including open streams. Members have to ask again
   * before they can let the app in.
   */
  @Delete(':id')
  @HttpCode(204)
  @Idempotent()
  revoke(@SessionPrincipal() principal: SessionPrincipal, @Id('App approval') id: string): Promise<void> {
    return this.approvals.revoke(principal, id);
  }
}
