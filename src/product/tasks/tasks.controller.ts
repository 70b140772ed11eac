import { Controller, Get, Headers, HttpCode, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Principal, RequireScopes } from '../../identity/permissions/index.js';
import { ApiProblems, ClientGone } from '../../platform/http/index.js';
import { Idempotent } from '../../platform/idempotency/index.js';
import { ApiPage, type Page } from '../../platform/paging/index.js';
import { ServerSentEvents } from '../../platform/streams/index.js';
import { Id } from '../../platform/validation/index.js';
import { PreferredWait, SubmitsTask } from './submits-task.js';
import { ApiTaskFile } from './task-file.dto.js';
import { TaskFiles } from './task-files.js';
import { TaskStream } from './task-stream.js';
import { ApiTaskStream } from './task-stream.dto.js';
import { ListTasksQuery, SubmittedTaskDto, TaskDto, TaskResultsDto, TaskWithInputDto } from './tasks.dto.js';
import { TasksService } from './tasks.service.js';

@ApiTags('Tasks')
@Controller('api/v1/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TasksService,
    private readonly stream: TaskStream,
    private readonly files: TaskFiles,
    private readonly events: ServerSentEvents,
  ) {}

  /**
   * List tasks
   *
   * Newest first.
   */
  @Get()
  @RequireScopes('tasks:read')
  @ApiPage(TaskDto)
  list(@Principal() principal: Principal, @Query() query: ListTasksQuery): Promise<Page<TaskDto>> {
    return this.tasks.list(principal, query);
  }

  /**
   * Get a task
   *
   * Includes the request with which it was submitted.
   */
  @Get(':id')
  @RequireScopes('tasks:read')
  get(@Principal() principal: Principal, @Id('Task') id: string): Promise<TaskWithInputDto> {
    return this.tasks.get(principal, id);
  }

  /**
   * Get the status of a task
   *
   * With `Prefer: wait=30`, the response waits for the end of the task, up to 30 seconds.
   */
  @Get(':id/status')
  @RequireScopes('tasks:read')
  status(
    @Principal() principal: Principal,
    @Id('Task') id: string,
    @PreferredWait() seconds: number,
    @ClientGone() gone: AbortSignal,
  ): Promise<TaskDto> {
    return this.tasks.status(principal, id, { seconds, gone });
  }

  /**
   * Get the results of a task
   *
   * Available once its status is `completed`, and for as many days as the plan provides.
   */
  @Get(':id/results')
  @RequireScopes('tasks:read')
  @ApiProblems(409, 410)
  results(@Principal() principal: Principal, @Id('Task') id: string): Promise<TaskResultsDto> {
    return this.tasks.results(principal, id);
  }

  /**
   * Download a file of a task
   *
   * The results list the files by name.
   */
  @Get(':id/files/:name')
  @RequireScopes('tasks:read')
  @ApiTaskFile()
  @ApiProblems(409, 410)
  file(
    @Principal() principal: Principal,
    @Id('Task') id: string,
    @Param('name') name: string,
  ): Promise<StreamableFile> {
    return this.files.open(principal, id, name);
  }

  /**
   * Follow a task
   *
   * Streams its progress as server-sent events until it ends. `Last-Event-ID` resumes the stream.
   */
  @Get(':id/events')
  @RequireScopes('tasks:read')
  @ApiHeader({
    name: 'Last-Event-ID',
    description: 'Id of the last event that you received. If omitted, the stream starts from the beginning.',
  })
  @ApiTaskStream()
  @ApiNoContentResponse({ description: 'You have already received the last event. Do not reconnect.' })
  @ApiProblems(410)
  follow(
    @Principal() principal: Principal,
    @Id('Task') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    return this.events.send(response, (reader) => this.stream.open(principal, id, lastEventId, reader));
  }

  /**
   * Cancel a task
   *
   * A running task stops. A task that has ended stays as it is.
   */
  @Post(':id/cancel')
  @HttpCode(200)
  @Idempotent()
  @RequireScopes('tasks:write')
  cancel(@Principal() principal: Principal, @Id('Task') id: string): Promise<TaskDto> {
    return this.tasks.cancel(principal, id);
  }

  /**
   * Retry a task
   *
   * Submits a failed or cancelled task again, as a new task.
   */
  @Post(':id/retry')
  @HttpCode(202)
  @SubmitsTask()
  @RequireScopes('tasks:write')
  @ApiProblems(409)
  retry(
    @Principal() principal: Principal,
    @Id('Task') id: string,
    @PreferredWait() seconds: number,
    @ClientGone() gone: AbortSignal,
  ): Promise<SubmittedTaskDto> {
    return this.tasks.retry(principal, id, { seconds, gone });
  }
}
