import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireRecentSignIn, RequireSession } from '../permissions/index.js';
import { MemberDto, UpdateMemberDto } from './members.dto.js';
import { MembersService } from './members.service.js';

@ApiTags('Members')
@Controller('api/v1/organizations/me')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  /**
   * List members
   *
   * The members of the current organization, newest account first.
   */
  @Get('members')
  @RequireSession()
  @ApiPage(MemberDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<MemberDto>> {
    return this.members.list(principal, query);
  }

  /**
   * Change a member's role
   *
   * Admins can promote members to admin and demote admins. Only owners can promote to owner or demote an owner. You
   * can always lower your own role, unless you are the last owner. Requires a sign-in within the last 15 minutes.
   */
  @Patch('members/:id')
  @Idempotent()
  @RequireSession()
  @RequireRecentSignIn()
  update(
    @SessionPrincipal() principal: SessionPrincipal,
    @Id('Member') id: string,
    @Body() body: UpdateMemberDto,
  ): Promise<MemberDto> {
    return this.members.changeRole(principal, id, body);
  }

  /**
   * Remove a member
   *
   * Ends the member's sessions in this organization at once. Sessions in other organizations continue. API keys that
   * the member created remain, because keys belong to the organization. The last owner cannot be removed.
   */
  @Delete('members/:id')
  @HttpCode(204)
  @Idempotent()
  @RequireSession()
  remove(@SessionPrincipal() principal: SessionPrincipal, @Id('Member') id: string): Promise<void> {
    return this.members.remove(principal, id);
  }

  /**
   * Leave the organization
   *
   * Ends your sessions in this organization, including this one. Sign in again to continue in another organization.
   * The last owner cannot leave.
   */
  @Post('leave')
  @HttpCode(204)
  @Idempotent()
  @RequireSession()
  leave(@SessionPrincipal() principal: SessionPrincipal): Promise<void> {
    return this.members.remove(principal, principal.userId);
  }
}
