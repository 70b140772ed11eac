import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, Equals, IsArray, IsUUID } from 'class-validator';
import { MayBeOmitted } from '../../platform/validation/index.js';
import type { Notification } from './notification.entity.js';
import type { ReadableNotification } from './notifications.repository.js';

export class NotificationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ enum: ['info', 'success', 'warning'] })
  type: Notification['type'];
  @ApiProperty({ example: 'API key made' })
  title: string;
  message: string;
  /** What it is about: the type of the event and the ids that belong to it. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  data: object;
  /** Whether you have read it; for an API key, whether a program of the organization has. */
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

export class NotificationsPageDto {
  @ApiProperty({ type: [NotificationDto] })
  data: NotificationDto[];
  /** Pass it as `cursor` for the next page. */
  @ApiProperty({ type: String, nullable: true })
  next_cursor: string | null;
  has_more: boolean;
  @ApiProperty({ type: 'integer' })
  unread_count: number;
  @ApiProperty({ type: 'integer' })
  total_count: number;
}

/** Either `notification_ids` or `all`. */
export class MarkReadDto {
  @ApiPropertyOptional({ type: [String], format: 'uuid', maxItems: 100 })
  @MayBeOmitted()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @IsUUID(undefined, { each: true })
  notification_ids?: string[];

  @ApiPropertyOptional({ enum: [true] })
  @MayBeOmitted()
  @Equals(true)
  all?: true;
}

export class MarkedReadDto {
  /** How many were unread until now. */
  @ApiProperty({ type: 'integer' })
  marked_count: number;
  @ApiProperty({ type: 'integer' })
  unread_count: number;
}
