import { Injectable } from '@nestjs/common';
import { organizationsEvents } from '../../identity/organizations/index.js';
import { Database } from '../../platform/database/index.js';
import { pickEvents, Subscribes, type EventOf, type Subscriber } from '../../platform/events/index.js';
import { TaskEnds } from './task-ends.js';
import { TasksRepository } from './tasks.repository.js';

const HEARD = pickEvents(organizationsEvents, 'organization.deleted', 'organization.suspended');

const AT_ONCE = 100;

/** Cancels the tasks of an organization that is closed, and of its sandbox. */
@Injectable()
@Subscribes({ name: 'tasks', to: HEARD, detached: true })
export class TasksSubscriber implements Subscriber<typeof HEARD> {
  constructor(
    private readonly database: Database,
    private readonly tasks: TasksRepository,
    private readonly ends: TaskEnds,
  ) {}

  async handle({ organizationId }: EventOf<typeof HEARD>): Promise<void> {
    const listOpen = () => this.database.asPlatform(() => this.tasks.listOpenOf(organizationId, AT_ONCE));
    for (let open = await listOpen(); open.length > 0; open = await listOpen()) {
      for (const task of open) await this.ends.end(task.organizationId, task.id, { status: 'cancelled' });
    }
  }
}
