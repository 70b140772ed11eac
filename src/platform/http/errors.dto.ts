import { ApiProperty } from '@nestjs/swagger';
import { errorCodes, errorTable } from '../errors/index.js';

export class ErrorPageDto {
  @ApiProperty({ enum: errorCodes, example: 'NOT_FOUND' })
  code: string;
  @ApiProperty({ example: 'not-found' })
  slug: string;
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  @ApiProperty({ example: errorTable.NOT_FOUND.title })
  title: string;
  @ApiProperty({ example: errorTable.NOT_FOUND.message })
  message: string;
  /** How to resolve it. */
  @ApiProperty({ example: errorTable.NOT_FOUND.help })
  help: string;
}

export class ErrorListDto {
  @ApiProperty({ type: [ErrorPageDto] })
  data: ErrorPageDto[];
}
