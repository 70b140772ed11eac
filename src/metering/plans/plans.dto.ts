import { ApiProperty } from '@nestjs/swagger';
import { tiers } from '../../identity/permissions/index.js';
import type { Plan } from './plan.entity.js';

/** Null means unlimited. */
export class PlanLimitsDto {
  /** Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 60 })
  requests_per_minute: number | null;
  /** Concurrent requests. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 10 })
  requests_in_flight: number | null;
  /** Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 100 })
  requests_per_day: number | null;
  /** Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 50_000 })
  tokens_per_month: number | null;
  /** Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1_000 })
  messages_per_month: number | null;
  /** Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 10 })
  background_tasks_per_month: number | null;
  /** Background tasks that run at the same time. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  concurrent_tasks: number | null;
  /** Days that the results of background tasks are kept. Null means forever. */
  @ApiProperty({ type: 'integer', nullable: true, example: 7 })
  task_retention_days: number | null;
  /** Megabytes (10^6 bytes) of knowledge and conversations. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 100 })
  storage_mb: number | null;
}

export class PlanDto {
  @ApiProperty({ enum: tiers })
  code: string;
  limits: PlanLimitsDto;
  /** Further features of the plan. */
  @ApiProperty({ example: ['webhooks', 'research'] })
  features: string[];

  static from(plan: Plan): PlanDto {
    return {
      code: plan.code,
      limits: {
        requests_per_minute: plan.requestsPerMinute,
        requests_in_flight: plan.inFlight,
        requests_per_day: plan.requestsPerDay,
        tokens_per_month: plan.tokensPerMonth,
        messages_per_month: plan.messagesPerMonth,
        background_tasks_per_month: plan.tasksPerMonth,
        concurrent_tasks: plan.concurrentTasks,
        task_retention_days: plan.taskRetentionDays,
        storage_mb: plan.storageMb,
      },
      features: plan.features,
    };
  }
}

export class PlansDto {
  /** Lowest plan first. */
  data: PlanDto[];
}
