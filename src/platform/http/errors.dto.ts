import { ApiProperty } from '@nestjs/swagger';
import { errorCodes, errorTable, exampleOf, Problem } from '../errors/index.js';

export class ErrorPageDto {
  @ApiProperty({ enum: errorCodes, example: 'NOT_FOUND' })
  code: string;
  @ApiProperty({ example: 'not-found' })
  slug: string;
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  @ApiProperty({ example: errorTable.NOT_FOUND.title })
  title: string;
  /** What `detail` says by default. */
  @ApiProperty({ example: errorTable.NOT_FOUND.message })
  message: string;
  /** When the API returns this code. */
  @ApiProperty({ example: errorTable.NOT_FOUND.cause })
  cause: string;
  /** What you can do about it. */
  @ApiProperty({ example: errorTable.NOT_FOUND.remedy })
  remedy: string;
  /** The same as `remedy`. */
  @ApiProperty({ example: errorTable.NOT_FOUND.remedy })
  help: string;
  /** A response with this code. */
  @ApiProperty({ example: exampleOf('NOT_FOUND', 'https://api.example.com') })
  example: Problem;
}

export class ErrorListDto {
  @ApiProperty({ type: [ErrorPageDto] })
  data: ErrorPageDto[];
}
