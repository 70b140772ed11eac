import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiPage, PageQuery, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { SessionPrincipal, RequireRecentSignIn, RequireSession } from '../permissions/index.js';
import { MemberDto, UpdateMemberDto } from './members.dto.js';
import { MembersService } from './members.service.js';

@ApiTags('Organizations')
@Controller('api/v1/organizations/me')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  /** Lists the members of the organization, newest account first. */
  @Get('members')
  @RequireSession()
  @ApiPage(MemberDto)
  list(@SessionPrincipal() principal: SessionPrincipal, @Query() query: PageQuery): Promise<Page<MemberDto>> {
    return this.members.list(principal, query);
  }

  /**
   * Changes the role of a member. Admins make members and admins of each other; only owners make, and unmake, owners. Everybody
   * may lower their own role, but the last owner stays.
   */
  @Patch('members/:id')
  @Idempotent()
  @RequireSession()
  @RequireRecentSignIn()
  changeRole(
    @SessionPrincipal() principal: SessionPrincipal,
    @Id('Member') id: string,
    @Body() body: UpdateMemberDto,
  ): Promise<MemberDto> {
    return this.members.changeRole(principal, id, body);
  }

  /**
   * Removes a member. Their sessions that act here end at once and for good; those that act in other organizations go on. API
   * keys that they made stay, as keys belong to the organization. The last owner cannot be removed.
   */
  @Delete('members/:id')
  @HttpCode(204)
  @Idempotent()
  @RequireSession()
  remove(@SessionPrincipal() principal: SessionPrincipal, @Id('Member') id: string): Promise<void> {
    return this.members.remove(principal, id);
  }

  /** Leaves the organization. Your sessions that act here end, this one too: sign in again to go on in another. The last owner cannot leave. */
  @Post('leave')
  @HttpCode(204)
  @Idempotent()
  @RequireSession()
  leave(@SessionPrincipal() principal: SessionPrincipal): Promise<void> {
    return this.members.remove(principal, principal.userId);
  }
}
