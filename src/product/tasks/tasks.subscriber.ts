import { Injectable } from '@nestjs/common';
import { organizationsEvents } from '../../identity/organizations/index.js';
import { PlansService } from '../../metering/plans/index.js';
import { Database } from '../../platform/database/index.js';
import { pickEvents, Subscribes, type EventOf, type Subscriber } from '../../platform/events/index.js';
import { TaskEnds } from './task-ends.js';
import { TaskTurnsRepository } from './task-turns.repository.js';
import { TasksRepository } from './tasks.repository.js';

const HEARD = pickEvents(
  organizationsEvents,
  'organization.deleted',
  'organization.suspended',
  'organization.plan_changed',
);

const AT_ONCE = 100;

/** Cancels the tasks of an organization that is closed, and of its sandbox; a new plan applies to those that wait. */
@Injectable()
@Subscribes({ name: 'tasks', to: HEARD, detached: true })
export class TasksSubscriber implements Subscriber<typeof HEARD> {
  constructor(
    private readonly database: Database,
    private readonly tasks: TasksRepository,
    private readonly turns: TaskTurnsRepository,
    private readonly ends: TaskEnds,
    private readonly plans: PlansService,
  ) {}

  async handle(event: EventOf<typeof HEARD>): Promise<void> {
    if (event.type !== 'organization.plan_changed') return this.cancelAll(event.organizationId);
    const { concurrentTasks } = await this.plans.get(event.payload.to);
    await this.database.asPlatform(() => this.turns.setConcurrency(event.organizationId, concurrentTasks));
  }

  private async cancelAll(organizationId: string): Promise<void> {
    const listOpen = () => this.database.asPlatform(() => this.tasks.listOpenOf(organizationId, AT_ONCE));
    for (let open = await listOpen(); open.length > 0; open = await listOpen()) {
      for (const task of open) await this.ends.end(task.organizationId, task.id, { status: 'cancelled' });
    }
  }
}
