import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { ApiProblems, ClientGone } from '../../platform/http/index.js';
import { PreferredWait, SubmitsTask, type SubmittedTaskDto } from '../tasks/index.js';
import { AnalyzeDto } from './analysis.dto.js';
import { AnalysisService } from './analysis.service.js';

@ApiTags('Tasks')
@Controller('api/v1/tasks/analyze')
export class AnalysisController {
  constructor(private readonly analysis: AnalysisService) {}

  /**
   * Analyze a data source
   *
   * Submits a task that answers a question about a data source with numbers: metrics, comparisons, where a change comes
   * from, trends and relations, each with its SQL. What the data cannot give is named with the reason.
   */
  @Post()
  @HttpCode(202)
  @SubmitsTask()
  @RequireScopes('tasks:write')
  @ApiProblems(404)
  submit(
    @Principal() principal: Principal,
    @Body() input: AnalyzeDto,
    @PreferredWait() seconds: number,
    @ClientGone() gone: AbortSignal,
  ): Promise<SubmittedTaskDto> {
    return this.analysis.submit(principal, input, { seconds, gone });
  }
}
