import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { OneOf, Text, TimeBound } from '../../platform/validation/index.js';
import { isOpen } from './task-ends.js';
import { FILE_TYPES, type FileType } from './task-file.entity.js';
import type { FileDescription } from './task-files.repository.js';
import { TASK_STATUSES, type Task, type TaskStatus } from './task.entity.js';

export class ListTasksQuery extends PageQuery {
  /** Only tasks with this status. */
  @IsOptional()
  @OneOf(TASK_STATUSES)
  status?: TaskStatus;

  /** Only tasks of this type. */
  @IsOptional()
  @Text(50, { example: 'research' })
  type?: string;

  /** Only tasks submitted at or after this time. */
  @TimeBound()
  created_after?: string;
}

export class TaskErrorDto {
  @ApiProperty({ example: 'TASK_TIMEOUT' })
  code: string;
  @ApiProperty({ example: 'The task did not finish within 10 minutes. Ask for less at a time.' })
  message: string;
}

/** A background task. */
export class TaskDto {
  @ApiProperty({ format: 'uuid' })
  task_id: string;
  @ApiProperty({ example: 'research' })
  task_type: string;
  @ApiProperty({ example: 'Returns of damaged goods' })
  title: string;
  @ApiProperty({ enum: TASK_STATUSES, example: 'completed' })
  status: TaskStatus;
  /** Percent. */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: 100, example: 100 })
  progress: number;
  /** What the task is doing, or how it ended. */
  @ApiProperty({ type: String, nullable: true, example: 'The results are available.' })
  progress_message: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2030-01-31T12:00:01.000Z' })
  started_at: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2030-01-31T12:00:13.000Z' })
  completed_at: string | null;
  /** Seconds from the start to the end, or until now while it runs. Null before the start. */
  @ApiProperty({ type: Number, nullable: true, example: 12 })
  duration_seconds: number | null;
  /** True if `GET /api/v1/tasks/{id}/results` returns the results. */
  @ApiProperty({ example: true })
  result_available: boolean;
  /** When the results are deleted. Null before the end, or if the plan keeps them forever. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2030-02-07T12:00:13.000Z' })
  results_expire_at: string | null;
  /** Why the task failed. Null unless it did. */
  @ApiProperty({ type: TaskErrorDto, nullable: true, example: null })
  error: TaskErrorDto | null;
  /** The task that this one tries again. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  retry_of: string | null;

  static from(task: Task): TaskDto {
    const { startedAt, completedAt } = task;
    return {
      task_id: task.id,
      task_type: task.type,
      title: task.title,
      status: task.status,
      progress: task.progress,
      progress_message: task.progressMessage,
      created_at: task.createdAt.toISOString(),
      started_at: startedAt?.toISOString() ?? null,
      completed_at: completedAt?.toISOString() ?? null,
      duration_seconds: startedAt && secondsBetween(startedAt, completedAt ?? new Date()),
      result_available: task.status === 'completed' && !task.isExpired,
      results_expire_at: task.status === 'completed' ? (task.expiresAt?.toISOString() ?? null) : null,
      error: task.error,
      retry_of: task.retryOf,
    };
  }
}

const secondsBetween = (start: Date, end: Date): number =>
  Math.max(0, Math.round((end.getTime() - start.getTime()) / 100) / 10);

/** A task with what it was asked to do. */
export class TaskWithInputDto extends TaskDto {
  /** The request with which it was submitted. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { topic: 'Returns of damaged goods' } })
  input: object;

  static override from(task: Task): TaskWithInputDto {
    return { ...TaskDto.from(task), input: task.input };
  }
}

/** The response to the submission of a task. */
export class SubmittedTaskDto {
  @ApiProperty({ format: 'uuid' })
  task_id: string;
  /** `submitted`, unless it ended while you waited for it with `Prefer: wait`. */
  @ApiProperty({ enum: TASK_STATUSES, example: 'submitted' })
  status: TaskStatus;
  /** How long such tasks took lately. Null if there were too few. */
  @ApiProperty({ type: String, nullable: true, example: '5-20 seconds' })
  estimated_duration: string | null;
  @ApiProperty({ example: 'The task was submitted.' })
  message: string;

  /** @param task as it is after waiting for it */
  static from(id: string, estimate: string | null, task?: Task): SubmittedTaskDto {
    const isEnded = task && !isOpen(task);
    return {
      task_id: id,
      status: isEnded ? task.status : 'submitted',
      estimated_duration: estimate,
      message: isEnded ? (task.progressMessage ?? '') : 'The task was submitted.',
    };
  }
}

/** A file beside the results. */
export class TaskFileDto {
  @ApiProperty({ example: 'paper.pdf' })
  name: string;
  @ApiProperty({ enum: Object.values(FILE_TYPES), example: 'application/pdf' })
  content_type: FileType;
  @ApiProperty({ type: 'integer', minimum: 0, example: 48213 })
  bytes: number;
  /** Address of the file on this server. It requires the same credential. */
  @ApiProperty({
    example: '/api/v1/tasks/0198f2a0-0000-7000-8000-000000000000/files/paper.pdf',
  })
  url: string;

  static from(taskId: string, { name, contentType, bytes }: FileDescription): TaskFileDto {
    return { name, content_type: contentType, bytes, url: `/api/v1/tasks/${taskId}/files/${name}` };
  }
}

export class TaskResultsDto {
  @ApiProperty({ format: 'uuid' })
  task_id: string;
  @ApiProperty({ example: 'research' })
  task_type: string;
  /** What the task found. Its fields depend on the type of the task. */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { summary: '3 of 4 questions were answered from 2 documents.' },
  })
  results: object;
  /** Files that belong to the results, by name. */
  files: TaskFileDto[];

  static from({ id, type }: Task, results: object, files: FileDescription[]): TaskResultsDto {
    return { task_id: id, task_type: type, results, files: files.map((file) => TaskFileDto.from(id, file)) };
  }
}
