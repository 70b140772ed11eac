import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

/** Query parameters of every list. */
export class PageQuery {
  /** How many items to return at most. A page is bounded in bytes too, at about 1 MiB, so it may hold fewer. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @IsString()
  cursor?: string;
}
