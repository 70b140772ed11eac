import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Leases } from '../../platform/leases/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { TaskTurnsRepository, type TaskLease } from './task-turns.repository.js';

export const LEASE_SECONDS = 30;

/** The tasks that this worker runs. */
@Injectable()
export class TasksLeases extends Leases<TaskLease> {
  constructor(
    private readonly database: Database,
    private readonly turns: TaskTurnsRepository,
    logger: Logger,
  ) {
    super(logger, { name: 'tasks', everyMs: 10_000 });
  }

  extend(leases: TaskLease[]): Promise<number[]> {
    return this.database.asPlatform(() => this.turns.extend(leases, LEASE_SECONDS));
  }
}
