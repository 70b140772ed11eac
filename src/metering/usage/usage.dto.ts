import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { IsTimestamp } from '../../platform/validation/index.js';

const DAY = { message: 'must be a date such as 2030-01-31' };

export class UsageQuery {
  /** First day (UTC). Defaults to 29 days before the last day. */
  @ApiPropertyOptional({ type: String, format: 'date', example: '2030-01-01' })
  @IsOptional()
  @Matches(/^\d{4}-\d\d-\d\d$/, DAY)
  @IsTimestamp()
  from?: string;

  /** Last day (UTC), at most 365 days after the first day. Defaults to today. */
  @ApiPropertyOptional({ type: String, format: 'date', example: '2030-01-31' })
  @IsOptional()
  @Matches(/^\d{4}-\d\d-\d\d$/, DAY)
  @IsTimestamp()
  to?: string;
}

export class RouteUsageDto {
  @ApiProperty({ example: 'GET /api/v1/knowledge/:id' })
  route: string;
  @ApiProperty({ type: 'integer', example: 42 })
  requests: number;
}

export class DayUsageDto {
  @ApiProperty({ format: 'date', example: '2030-01-31' })
  date: string;
  @ApiProperty({ type: 'integer', example: 42 })
  requests: number;
  /** Busiest route first. */
  routes: RouteUsageDto[];
}

export class UsageDto {
  /** One entry per day, oldest first, including days without requests. */
  data: DayUsageDto[];
  @ApiProperty({ type: 'integer', example: 42 })
  total_requests: number;
  @ApiProperty({ format: 'date', example: '2030-01-01' })
  from: string;
  @ApiProperty({ format: 'date', example: '2030-01-31' })
  to: string;
}
