import { ApiProperty } from '@nestjs/swagger';

export class ErrorPageDto {
  @ApiProperty({ example: 'NOT_FOUND' })
  code: string;
  @ApiProperty({ example: 'not-found' })
  slug: string;
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  title: string;
  message: string;
  /** What a caller can do about it. */
  help: string;
}

export class ErrorListDto {
  @ApiProperty({ type: [ErrorPageDto] })
  data: ErrorPageDto[];
}
