import { IsOptional, IsString } from 'class-validator';
import { QueryInteger } from '../validation/index.js';

/** Query parameters of every list. */
export class PageQuery {
  /** How many items to return at most. A page is bounded in bytes too, at about 1 MiB, so it may hold fewer. */
  @IsOptional()
  @QueryInteger(1, 100, { required: false, default: 20 })
  limit: number = 20;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @IsString()
  cursor?: string;
}
