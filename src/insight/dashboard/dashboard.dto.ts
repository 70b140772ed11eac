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

/** What the plan allows; null is unlimited. */
export class DashboardLimitsDto {
  /** Per month. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1000 })
  messages: number | null;
  /** Per month. */
  @ApiProperty({ type: 'integer', nullable: true, example: 10 })
  background_tasks: number | null;
  /** Per day. */
  @ApiProperty({ type: 'integer', nullable: true, example: 100 })
  api_calls: number | null;
}

export class DashboardUsageDto {
  /** Messages that the model answered since the month began (UTC), those of test keys included. */
  @ApiProperty({ type: 'integer', example: 45 })
  messages_this_month: number;
  /** Background tasks submitted since then. */
  @ApiProperty({ type: 'integer', example: 0 })
  background_tasks_this_month: number;
  /** Messages that are left this month; null is unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 955 })
  quota_remaining: number | null;
  limits: DashboardLimitsDto;
}

export class DashboardSessionsDto {
  /** Where this person is signed in now. */
  @ApiProperty({ type: 'integer', example: 1 })
  active_sessions: number;
  /** When one of these sessions was last opened or refreshed. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_activity: string | null;
}

export class RecentActivityDto {
  @ApiProperty({ format: 'uuid' })
  conversation_id: string;
  @ApiProperty({ type: String, nullable: true })
  title: string | null;
  @ApiProperty({ type: 'integer' })
  message_count: number;
  /** When a person last wrote in it. */
  @ApiProperty({ format: 'date-time' })
  last_message_at: string;
}

export class DashboardConversationsDto {
  @ApiProperty({ type: 'integer', example: 0 })
  total_conversations: number;
  /** Up to five conversations in which people wrote lately, the latest first. */
  recent_activity: RecentActivityDto[];
}

export class DashboardDto {
  user: DashboardUserDto;
  usage: DashboardUsageDto;
  sessions: DashboardSessionsDto;
  conversations: DashboardConversationsDto;
}
