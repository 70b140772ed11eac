import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, Equals, IsArray, IsUUID } from 'class-validator';
import { PageDto } from '../../platform/paging/index.js';
import { MayBeOmitted } from '../../platform/validation/index.js';
import type { Notification } from './notification.entity.js';
import type { ReadableNotification } from './notifications.repository.js';

export class NotificationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ enum: ['info', 'success', 'warning'] })
  type: Notification['type'];
  @ApiProperty({ example: 'API key created' })
  title: string;
  @ApiProperty({ example: 'The API key “Support chat on the website” was created.' })
  message: string;
  /** Type of the event and the ids of what it concerns. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { event: 'api_key.created', api_key_id: '0198f2a0-0000-7000-8000-000000000000' },
  })
  data: object;
  /** True if you have read it. For an API key: true if any API key of the organization has marked it as read. */
  @ApiProperty({ example: false })
  read: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;

  static from(notification: ReadableNotification): NotificationDto {
    return {
      id: notification.id,
      type: notification.type,
      title: notification.title,
      message: notification.message,
      data: notification.data,
      read: notification.isRead,
      created_at: notification.createdAt.toISOString(),
    };
  }
}

export class NotificationsPageDto extends PageDto {
  @ApiProperty({ type: [NotificationDto] })
  data: NotificationDto[];
  @ApiProperty({ type: 'integer', example: 1 })
  unread_count: number;
  @ApiProperty({ type: 'integer', example: 1 })
  total_count: number;
}

/** Set either `notification_ids` or `all`. */
export class MarkReadDto {
  /** Up to 100 ids. Do not combine it with `all`. */
  @ApiPropertyOptional({ type: 'array', items: { type: 'string', format: 'uuid' }, minItems: 1, maxItems: 100 })
  @MayBeOmitted()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsUUID(undefined, { each: true })
  notification_ids?: string[];

  /** Marks every notification as read. Do not combine it with `notification_ids`. */
  @ApiPropertyOptional({ type: Boolean, enum: [true], example: true })
  @MayBeOmitted()
  @Equals(true)
  all?: true;
}

export class MarkedReadDto {
  /** Number of notifications that this request marked as read. */
  @ApiProperty({ type: 'integer', example: 1 })
  marked_count: number;
  @ApiProperty({ type: 'integer', example: 1 })
  unread_count: number;
}
