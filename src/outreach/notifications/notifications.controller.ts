import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { PageQuery } from '../../platform/paging/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { MarkedReadDto, MarkReadDto, NotificationsPageDto } from './notifications.dto.js';
import { NotificationsService } from './notifications.service.js';

@ApiTags('Notifications')
@Controller('api/v1/notifications')
export class NotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  /**
   * List notifications
   *
   * Notifications of the organization and, for a signed-in person, their own, newest first.
   */
  @Get()
  @RequireScopes('notifications:read')
  list(@Principal() principal: Principal, @Query() query: PageQuery): Promise<NotificationsPageDto> {
    return this.notifications.list(principal, query);
  }

  /**
   * Mark notifications as read
   *
   * Marks all notifications, or those with the given ids, as read. A person marks them for themselves. An API key
   * marks them for all API keys of the organization.
   */
  @Post('mark-read')
  @HttpCode(200)
  @Idempotent()
  @RequireScopes('notifications:write')
  markRead(@Principal() principal: Principal, @Body() body: MarkReadDto): Promise<MarkedReadDto> {
    return this.notifications.markRead(principal, body);
  }
}
