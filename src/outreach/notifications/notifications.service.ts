import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { invalidField } from '../../platform/errors/index.js';
import { userIdOf, type Principal } from '../../identity/permissions/index.js';
import { cursorId, toPage, type PageQuery } from '../../platform/paging/index.js';
import {
  NotificationDto,
  type MarkedReadDto,
  type MarkReadDto,
  type NotificationsPageDto,
} from './notifications.dto.js';
import { NotificationsRepository } from './notifications.repository.js';

@Injectable()
export class NotificationsService {
  constructor(
    private readonly database: Database,
    private readonly notifications: NotificationsRepository,
  ) {}

  list(principal: Principal, query: PageQuery): Promise<NotificationsPageDto> {
    const before = cursorId(query);
    const userId = userIdOf(principal);
    return this.database.pipelineAsTenant(principal.organizationId, async () => {
      const [found, { total, unread }] = await Promise.all([
        this.notifications.list(userId, query.limit, before),
        this.notifications.count(userId),
      ]);
      const page = toPage(found, (notification) => NotificationDto.from(notification));
      return { ...page, unread_count: unread, total_count: total };
    });
  }

  markRead(principal: Principal, { notification_ids: ids, all }: MarkReadDto): Promise<MarkedReadDto> {
    if ((ids === undefined) === (all === undefined)) {
      throw invalidField('notification_ids', 'is required unless `all` is true; send only one of the two');
    }
    const userId = userIdOf(principal);
    return this.database.asTenant(principal.organizationId, async () => {
      const marked = await this.notifications.markRead(userId, ids);
      return { marked_count: marked, unread_count: (await this.notifications.count(userId)).unread };
    });
  }
}
