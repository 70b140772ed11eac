import { ApiProperty } from '@nestjs/swagger';

/** What every page of a list has besides its items. */
export abstract class PageDto {
  /** Pass it as `cursor` to get the next page. Null on the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  next_cursor: string | null;
  /** True if another page follows. */
  @ApiProperty({ example: false })
  has_more: boolean;
}
