import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { TASK_EVENTS, type TaskEventName } from './task-event.entity.js';
import { TASK_STATUSES, type TaskStatus } from './task.entity.js';

export class TaskProgressDto {
  @ApiProperty({ format: 'uuid' })
  task_id: string;
  @ApiProperty({ enum: TASK_STATUSES, example: 'running' })
  status: TaskStatus;
  /** Percent. */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 100, example: 40 })
  progress: number;
  /** What the task is doing, or how it ended. */
  @ApiProperty({ type: String, nullable: true, example: 'Question 2 of 5: “How long do refunds take?”' })
  message: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
}

class TaskEventDto {
  /** Position in the stream. Send the last one as `Last-Event-ID` to resume. */
  @ApiProperty({ example: '3' })
  id: string;
  /** `completed`, `failed` and `cancelled` end the stream. */
  @ApiProperty({ enum: TASK_EVENTS, example: 'progress' })
  event: TaskEventName;
  data: TaskProgressDto;
}

/** Documents the stream of a task: `schema` describes the data of its events, `x-item-schema` whole events. */
export const ApiTaskStream = (): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(TaskProgressDto, TaskEventDto),
    ApiOkResponse({
      description:
        'Server-sent events. `completed`, `failed` or `cancelled` ends the stream. Lines that begin with a colon are comments. Ignore events of other types.',
      content: {
        'text/event-stream': {
          schema: { $ref: getSchemaPath(TaskProgressDto) },
          'x-item-schema': { $ref: getSchemaPath(TaskEventDto) },
        } as object,
      },
    }),
  );
