import { IsOptional, IsString } from 'class-validator';
import { QueryInteger } from '../validation/index.js';

/** Query parameters of every list. */
export class PageQuery {
  /** Maximum number of items. A page is also limited to about 1 MiB, so it can hold fewer. */
  @IsOptional()
  @QueryInteger(1, 100, { required: false, default: 20 })
  limit: number = 20;

  /** `next_cursor` of the previous page. */
  @IsOptional()
  @IsString()
  cursor?: string;
}
