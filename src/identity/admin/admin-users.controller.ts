import { Body, Controller, Get, Patch, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { Id } from '../../platform/validation/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { Principal, RequireRecentSignIn, RequireSuperuser } from '../permissions/index.js';
import { actorOf } from '../audit/index.js';
import { AdminUsersService } from './admin-users.service.js';
import { AdminUserDto, ListUsersQuery, AdminUpdateUserDto } from './admin.dto.js';

@ApiTags('Admin')
@Controller('api/v1/admin/users')
@RequireSuperuser()
export class AdminUsersController {
  constructor(private readonly users: AdminUsersService) {}

  /**
   * List accounts
   *
   * All accounts on this server, newest first.
   */
  @Get()
  @ApiPage(AdminUserDto)
  list(@Query() query: ListUsersQuery): Promise<Page<AdminUserDto>> {
    return this.users.list(query);
  }

  /** Get an account */
  @Get(':id')
  get(@Id('User') id: string): Promise<AdminUserDto> {
    return this.users.get(id);
  }

  /**
   * Update an account
   *
   * Opens or closes an account, or changes whether its user is a superuser. You cannot close or demote your own
   * account. Requires a sign-in within the last 15 minutes.
   */
  @Patch(':id')
  @Idempotent()
  @RequireRecentSignIn()
  update(
    @Principal() principal: Principal,
    @Id('User') id: string,
    @Body() body: AdminUpdateUserDto,
  ): Promise<AdminUserDto> {
    return this.users.update(id, body, actorOf(principal));
  }
}
