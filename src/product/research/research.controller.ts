import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Principal, RequireScopes, RequireTier } from '../../identity/permissions/index.js';
import { ClientGone } from '../../platform/http/index.js';
import { titleOf } from '../../platform/text/index.js';
import { PreferredWait, SubmitsTask, TasksService, type SubmittedTaskDto } from '../tasks/index.js';
import { ResearchDto } from './research.dto.js';

@ApiTags('Tasks')
@Controller('api/v1/tasks/research')
export class ResearchController {
  constructor(private readonly tasks: TasksService) {}

  /**
   * Research a topic
   *
   * Submits a task that searches the knowledge base for a topic, its parts and the aspects that the documents suggest. The
   * results quote what the documents say, with verified citations, where they agree and contradict each other, and what was
   * not found.
   */
  @Post()
  @HttpCode(202)
  @SubmitsTask()
  @RequireScopes('tasks:write')
  @RequireTier('pro')
  submit(
    @Principal() principal: Principal,
    @Body() input: ResearchDto,
    @PreferredWait() seconds: number,
    @ClientGone() gone: AbortSignal,
  ): Promise<SubmittedTaskDto> {
    return this.tasks.submit(principal, { type: 'research', title: titleOf(input.topic), input }, { seconds, gone });
  }
}
