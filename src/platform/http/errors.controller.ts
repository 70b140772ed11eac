import { Controller, Get, Param } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { errorCodes, errorTable, notFound, slugOf, type ErrorCode } from '../errors/index.js';
import { Public } from './access-rule.js';
import { ErrorListDto, ErrorPageDto } from './errors.dto.js';

const describe = (code: ErrorCode): ErrorPageDto => ({ code, slug: slugOf(code), ...errorTable[code] });

/** The pages that the `type` of every problem points to. */
@ApiTags('Errors')
@Controller('errors')
export class ErrorsController {
  /**
   * List error codes
   *
   * Every error code of the API, with its status, meaning and remedy.
   */
  @Get()
  @Public()
  list(): ErrorListDto {
    return { data: errorCodes.map(describe) };
  }

  /**
   * Explain an error code
   *
   * The `type` of every problem document points to this address.
   */
  @Get(':slug')
  @ApiParam({ name: 'slug', description: 'The code in lower case, with hyphens.', example: 'not-found' })
  @Public()
  get(@Param('slug') slug: string): ErrorPageDto {
    const code = errorCodes.find((candidate) => slugOf(candidate) === slug);
    if (!code) throw notFound();
    return describe(code);
  }
}
