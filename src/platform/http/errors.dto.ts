import { ApiProperty } from '@nestjs/swagger';
import { Problem } from '../errors/index.js';

export class ErrorPageDto {
  @ApiProperty({ example: 'NOT_FOUND' })
  code: string;
  @ApiProperty({ example: 'not-found' })
  slug: string;
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  title: string;
  /** What `detail` says when nothing more particular is known. */
  message: string;
  /** When the API returns this code. */
  cause: string;
  /** What a caller can do about it. */
  remedy: string;
  /** The same as `remedy`. */
  help: string;
  /** A response with this code. */
  example: Problem;
}

export class ErrorListDto {
  @ApiProperty({ type: [ErrorPageDto] })
  data: ErrorPageDto[];
}
