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

  /** Lists notifications, newest first: the organization's and, for a signed-in person, their own. */
  @Get()
  @RequireScopes('notifications:read')
  list(@Principal() principal: Principal, @Query() query: PageQuery): Promise<NotificationsPageDto> {
    return this.notifications.list(principal, query);
  }

  /** Marks notifications as read, by id or all: for you alone, or, with an API key, for the programs of the organization. */
  @Post('mark-read')
  @HttpCode(200)
  @Idempotent()
  @RequireScopes('notifications:write')
  markRead(@Principal() principal: Principal, @Body() body: MarkReadDto): Promise<MarkedReadDto> {
    return this.notifications.markRead(principal, body);
  }
}
