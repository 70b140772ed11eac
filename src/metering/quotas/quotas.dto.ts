import { ApiProperty } from '@nestjs/swagger';
import { tiers } from '../../identity/permissions/index.js';
import { quotaNames, type QuotaName } from './quota.js';

const shownQuotas = [...quotaNames, 'storage_bytes'] as const;

export class QuotaDto {
  /**
   * `tasks` are background tasks; `messages` are those that the model answered; `tokens` are what it read and wrote, also for a call that was aborted.
   * `storage_bytes` are knowledge entries with every version of their text, conversations and messages.
   */
  @ApiProperty({ enum: shownQuotas })
  quota: QuotaName | 'storage_bytes';
  /** What the plan gives, per month except for storage; null is unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1000 })
  limit: number | null;
  @ApiProperty({ type: 'integer', example: 45 })
  used: number;
  /** Set aside for work under way: it becomes `used` as far as it is really used, the rest comes back. */
  @ApiProperty({ type: 'integer', example: 1 })
  reserved: number;
  /** Neither used nor reserved; null is unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 954 })
  remaining: number | null;
  /** When the next month begins (UTC); null for storage, which comes back when something is deleted. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2030-02-01T00:00:00.000Z' })
  resets_at: string | null;

  static from(
    quota: QuotaDto['quota'],
    { limit, used, reserved }: { limit: number | null; used: number; reserved: number },
    resetsAt: string | null,
  ): QuotaDto {
    const remaining = limit === null ? null : Math.max(0, limit - used - reserved);
    return { quota, limit, used, reserved, remaining, resets_at: resetsAt };
  }
}

export class QuotasDto {
  @ApiProperty({ enum: tiers })
  plan: string;
  @ApiProperty({ example: '2030-01' })
  month: string;
  data: QuotaDto[];
}
