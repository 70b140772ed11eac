import { Controller, Get, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { errorCodes, errorTable, notFound, slugOf, type ErrorCode } from '../errors/index.js';
import { ApiProblems, Public } from './access.js';

class ErrorPageDto {
  @ApiProperty({ example: 'NOT_FOUND' })
  code: string;
  @ApiProperty({ example: 'not-found' })
  slug: string;
  @ApiProperty({ example: 404 })
  status: number;
  title: string;
  message: string;
  /** What a caller can do about it. */
  help: string;
}

class ErrorListDto {
  data: ErrorPageDto[];
}

const describe = (code: ErrorCode): ErrorPageDto => ({ code, slug: slugOf(code), ...errorTable[code] });

/** The pages that the `type` of every problem points to. */
@ApiTags('Errors')
@Controller('errors')
export class ErrorsController {
  /** Lists every error code. */
  @Get()
  @Public()
  list(): ErrorListDto {
    return { data: errorCodes.map(describe) };
  }

  /** Explains one error code. */
  @Get(':slug')
  @Public()
  @ApiProblems(404)
  get(@Param('slug') slug: string): ErrorPageDto {
    const code = errorCodes.find((candidate) => slugOf(candidate) === slug);
    if (!code) throw notFound();
    return describe(code);
  }
}
