import { ApiProperty } from '@nestjs/swagger';
import { tiers } from '../../platform/http/index.js';
import { quotaNames, type QuotaName } from './quota.js';

export class QuotaDto {
  /** `tasks` are background tasks; `messages` are those that the model answered; `tokens` are what it read and wrote. */
  @ApiProperty({ enum: quotaNames })
  quota: QuotaName;
  /** What the plan gives per month; null is unlimited. */
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
  /** When the next month begins (UTC). */
  @ApiProperty({ format: 'date-time', example: '2030-02-01T00:00:00.000Z' })
  resets_at: string;
}

export class QuotasDto {
  @ApiProperty({ enum: tiers })
  plan: string;
  @ApiProperty({ example: '2030-01' })
  month: string;
  data: QuotaDto[];
}
