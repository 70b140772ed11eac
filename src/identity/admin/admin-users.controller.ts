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

  /** Lists the accounts of this server, newest first. */
  @Get()
  @ApiPage(AdminUserDto)
  list(@Query() query: ListUsersQuery): Promise<Page<AdminUserDto>> {
    return this.users.list(query);
  }

  /** Reads one account. */
  @Get(':id')
  get(@Id('User') id: string): Promise<AdminUserDto> {
    return this.users.get(id);
  }

  /** Closes or opens an account, or makes its person a superuser. Nobody can shut themself out. */
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
