import { Injectable } from '@nestjs/common';
import type { Principal } from '../../identity/permissions/index.js';
import { Database } from '../../platform/database/index.js';
import { ApiError, notFound } from '../../platform/errors/index.js';
import type { EventStream, Reader, StreamEvent } from '../../platform/streams/index.js';
import { TaskChanges } from './task-changes.js';
import type { TaskEvent, TaskEventName } from './task-event.entity.js';
import { isOpen } from './task-ends.js';
import type { TaskProgressDto } from './task-stream.dto.js';
import type { Task } from './task.entity.js';
import { TasksRepository } from './tasks.repository.js';

const EVENTS_AT_ONCE = 200;
const ENDS: readonly TaskEventName[] = ['completed', 'failed', 'cancelled'];

/** Streams the progress of tasks. Every event is stored, so any process can resume any stream. */
@Injectable()
export class TaskStream {
  constructor(
    private readonly database: Database,
    private readonly tasks: TasksRepository,
    private readonly changes: TaskChanges,
  ) {}

  /**
   * The events of a task after the last one that the client received, until its end.
   * @returns undefined if that event was the last one
   * @throws ApiError BAD_REQUEST for an event id that this task cannot have sent
   */
  async open(
    { organizationId }: Principal,
    id: string,
    lastEventId: string | undefined,
    reader: Reader,
  ): Promise<EventStream | undefined> {
    const task = await this.database.asTenant(organizationId, () => this.tasks.find(id));
    if (!task) throw notFound('Task', id);
    if (task.isExpired) throw eventsExpired(task);
    const position = positionIn(task, lastEventId);
    if (!isOpen(task) && position === task.lastEvent) return undefined;
    return { events: this.follow(organizationId, id, position, reader) };
  }

  private async *follow(
    organizationId: string,
    id: string,
    position: number,
    reader: Reader,
  ): AsyncGenerator<StreamEvent> {
    const closed = AbortSignal.any([reader.gone, reader.refused]);
    while (reader.isOpen) {
      // Before the events are read, so that no change is missed.
      const woken = new AbortController();
      const change = this.changes.next(id, AbortSignal.any([closed, woken.signal]));
      const events = await this.database.asTenant(organizationId, () =>
        this.tasks.listEvents(id, position, EVENTS_AT_ONCE),
      );
      for (const event of events) {
        yield present(id, event);
        position = event.position;
        if (ENDS.includes(event.name)) return woken.abort();
      }
      // The task was deleted with its organization.
      if (events.length === 0 && !(await this.exists(organizationId, id))) return woken.abort();
      if (events.length > 0) woken.abort();
      await change;
    }
  }

  private async exists(organizationId: string, id: string): Promise<boolean> {
    return (await this.database.asTenant(organizationId, () => this.tasks.find(id))) !== undefined;
  }
}

function present(id: string, { position, name, progress, message, createdAt }: TaskEvent): StreamEvent {
  const data: TaskProgressDto = {
    task_id: id,
    status: name === 'started' || name === 'progress' ? 'running' : name,
    progress,
    message,
    created_at: createdAt.toISOString(),
  };
  return { id: String(position), event: name, data };
}

function positionIn(task: Task, lastEventId: string | undefined): number {
  if (lastEventId === undefined) return 0;
  const position = /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : NaN;
  if (position <= task.lastEvent) return position;
  throw new ApiError('BAD_REQUEST', {
    detail:
      '`Last-Event-ID` is not an event id of this stream. Send the id of the last event you received, or omit the header.',
  });
}

const eventsExpired = ({ expiresAt }: Task): ApiError =>
  new ApiError('GONE', { detail: `The events of this task were deleted at ${expiresAt?.toISOString()}.` });
