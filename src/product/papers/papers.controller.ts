import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes, RequireTier } from '../../identity/permissions/index.js';
import { ClientGone } from '../../platform/http/index.js';
import { titleOf } from '../../platform/text/index.js';
import { PreferredWait, SubmitsTask, TasksService, type SubmittedTaskDto } from '../tasks/index.js';
import { GeneratePaperDto } from './papers.dto.js';

@ApiTags('Tasks')
@Controller('api/v1/papers')
export class PapersController {
  constructor(private readonly tasks: TasksService) {}

  /**
   * Generate a paper
   *
   * Submits a task that researches a topic in the knowledge base and arranges what it finds as a paper: abstract,
   * sections, agreements, contradictions, figures and references. The paper is a structured review of verbatim
   * quotations. Its files belong to the results of the task.
   */
  @Post('generate')
  @HttpCode(202)
  @SubmitsTask()
  @RequireScopes('tasks:write')
  @RequireTier('premium')
  generate(
    @Principal() principal: Principal,
    @Body() input: GeneratePaperDto,
    @PreferredWait() seconds: number,
    @ClientGone() gone: AbortSignal,
  ): Promise<SubmittedTaskDto> {
    const title = input.title ?? titleOf(input.topic);
    return this.tasks.submit(principal, { type: 'paper', title, input }, { seconds, gone });
  }
}
