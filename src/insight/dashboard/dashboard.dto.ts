import { ApiProperty } from '@nestjs/swagger';
import { tiers } from '../../identity/permissions/index.js';

export class DashboardUserDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  email: string;
  @ApiProperty({ enum: tiers })
  subscription_plan: string;
  is_active: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

/** Limits of the plan. Null means unlimited. */
export class DashboardLimitsDto {
  /** Per month. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1000 })
  messages: number | null;
  /** Per month. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 10 })
  background_tasks: number | null;
  /** Per day. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 100 })
  api_calls: number | null;
}

export class DashboardUsageDto {
  /** Messages that the model answered since the month began (UTC), including those of test keys. */
  @ApiProperty({ type: 'integer', example: 45 })
  messages_this_month: number;
  /** Background tasks submitted since the month began (UTC). */
  @ApiProperty({ type: 'integer', example: 0 })
  background_tasks_this_month: number;
  /** Messages left this month. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 955 })
  quota_remaining: number | null;
  limits: DashboardLimitsDto;
}

export class DashboardSessionsDto {
  /** Number of sessions that have not ended. */
  @ApiProperty({ type: 'integer', example: 1 })
  active_sessions: number;
  /** When one of these sessions was last created or refreshed. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2030-01-31T12:00:00.000Z' })
  last_activity: string | null;
}

export class RecentActivityDto {
  @ApiProperty({ format: 'uuid' })
  conversation_id: string;
  @ApiProperty({ type: String, nullable: true, example: 'Return of order 4711' })
  title: string | null;
  @ApiProperty({ type: 'integer', example: 4 })
  message_count: number;
  /** When a person last wrote in the conversation. */
  @ApiProperty({ format: 'date-time' })
  last_message_at: string;
}

export class DashboardConversationsDto {
  @ApiProperty({ type: 'integer', example: 0 })
  total_conversations: number;
  /** Up to five conversations in which people wrote recently, latest first. */
  recent_activity: RecentActivityDto[];
}

export class DashboardDto {
  user: DashboardUserDto;
  usage: DashboardUsageDto;
  sessions: DashboardSessionsDto;
  conversations: DashboardConversationsDto;
}
