import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { Tier } from '../../identity/permissions/index.js';

/** What a plan includes; null is unlimited. */
@Entity('plans')
@Unique('plans_rank_key', ['rank'])
export class Plan {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'plans_pkey' })
  code: Tier;

  /** Lowest first. */
  @Column('integer')
  rank: number;

  @Column('integer', { name: 'requests_per_minute', nullable: true })
  requestsPerMinute: number | null;

  /** Concurrent requests. */
  @Column('integer', { name: 'in_flight', nullable: true })
  inFlight: number | null;

  @Column('integer', { name: 'requests_per_day', nullable: true })
  requestsPerDay: number | null;

  @Column('integer', { name: 'tokens_per_month', nullable: true })
  tokensPerMonth: number | null;

  @Column('integer', { name: 'messages_per_month', nullable: true })
  messagesPerMonth: number | null;

  @Column('integer', { name: 'tasks_per_month', nullable: true })
  tasksPerMonth: number | null;

  @Column('integer', { name: 'storage_mb', nullable: true })
  storageMb: number | null;

  /** Background tasks that may run at the same time. */
  @Column('integer', { name: 'concurrent_tasks', nullable: true })
  concurrentTasks: number | null;

  /** Days that the results of background tasks are kept. */
  @Column('integer', { name: 'task_retention_days', nullable: true })
  taskRetentionDays: number | null;

  @Column('text', { array: true, default: [] })
  features: string[];
}
