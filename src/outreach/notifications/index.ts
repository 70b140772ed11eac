import { Module } from '@nestjs/common';
import { NotificationsController } from './notifications.controller.js';
import { NotificationsRepository } from './notifications.repository.js';
import { NotificationsService } from './notifications.service.js';
import { NotificationsSubscriber } from './notifications.subscriber.js';

export { Notification } from './notification.entity.js';
export { NotificationRead } from './notification-read.entity.js';
export { notificationsInPages } from './notifications.versions.js';

@Module({
  controllers: [NotificationsController],
  providers: [NotificationsService, NotificationsRepository, NotificationsSubscriber],
})
export class NotificationsModule {}
