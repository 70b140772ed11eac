import { Controller, Get, Param } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Config } from '../config/index.js';
import { errorCodes, errorTable, exampleOf, notFound, slugOf, type ErrorCode } from '../errors/index.js';
import { OffersPage } from '../pages/index.js';
import { Public } from './access-rule.js';
import { errorListPage, errorPage } from './errors-page.js';
import { ErrorListDto, ErrorPageDto } from './errors.dto.js';

/** The pages that the `type` of every problem points to. */
@ApiTags('Errors')
@Controller('errors')
export class ErrorsController {
  constructor(private readonly config: Config) {}

  /**
   * List error codes
   *
   * Every error code of the API, with its status, meaning and remedy.
   */
  @Get()
  @Public()
  @OffersPage(errorListPage)
  list(): ErrorListDto {
    return { data: errorCodes.map((code) => this.describe(code)) };
  }

  /**
   * Explain an error code
   *
   * The `type` of every problem document points to this address.
   */
  @Get(':slug')
  @ApiParam({ name: 'slug', description: 'The code in lower case, with hyphens.', example: 'not-found' })
  @Public()
  @OffersPage(errorPage)
  get(@Param('slug') slug: string): ErrorPageDto {
    const code = errorCodes.find((candidate) => slugOf(candidate) === slug);
    if (!code) throw notFound('Error code', slug);
    return this.describe(code);
  }

  private describe(code: ErrorCode): ErrorPageDto {
    const row = errorTable[code];
    return { code, slug: slugOf(code), ...row, help: row.remedy, example: exampleOf(code, this.config.publicUrl) };
  }
}
