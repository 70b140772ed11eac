import { ApiProperty } from '@nestjs/swagger';
import { tiers } from '../../identity/permissions/index.js';
import { quotaNames, type QuotaName } from './quota.js';

export const shownQuotas = [...quotaNames, 'storage_bytes'] as const;

export class QuotaDto {
  /**
   * `tasks` counts background tasks, `messages` counts messages that the model answered, and `tokens` counts what the model
   * read and wrote, even for aborted requests. `storage_bytes` covers all versions of knowledge entries, conversations and
   * messages.
   */
  @ApiProperty({ enum: shownQuotas })
  quota: QuotaName | 'storage_bytes';
  /** The limit of the plan, per month except for storage. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1000 })
  limit: number | null;
  @ApiProperty({ type: 'integer', example: 45 })
  used: number;
  /** Reserved for requests in progress. What they do not use is released. */
  @ApiProperty({ type: 'integer', example: 1 })
  reserved: number;
  /** Neither used nor reserved. Null means unlimited. */
  @ApiProperty({ type: 'integer', nullable: true, example: 954 })
  remaining: number | null;
  /** Start of the next month (UTC). Null for storage, which is freed only when you delete something. */
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
