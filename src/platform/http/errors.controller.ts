import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { errorCodes, errorTable, notFound, slugOf, type ErrorCode } from '../errors/index.js';
import { OffersPage } from '../pages/index.js';
import { Public } from './access-rule.js';
import { errorListPage, errorPage } from './errors-page.js';
import { ErrorListDto, ErrorPageDto } from './errors.dto.js';

const describe = (code: ErrorCode): ErrorPageDto => ({ code, slug: slugOf(code), ...errorTable[code] });

/** The pages that the `type` of every problem points to. */
@ApiTags('Errors')
@Controller('errors')
export class ErrorsController {
  /** Lists every error code. */
  @Get()
  @Public()
  @OffersPage(errorListPage)
  list(): ErrorListDto {
    return { data: errorCodes.map(describe) };
  }

  /** Explains one error code. */
  @Get(':slug')
  @Public()
  @OffersPage(errorPage)
  get(@Param('slug') slug: string): ErrorPageDto {
    const code = errorCodes.find((candidate) => slugOf(candidate) === slug);
    if (!code) throw notFound();
    return describe(code);
  }
}
