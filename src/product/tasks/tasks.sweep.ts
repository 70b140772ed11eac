import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { Database } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { Sweep } from '../../platform/sweep/index.js';
import { Logger } from '../../platform/telemetry/index.js';
import { TaskTurnsRepository } from './task-turns.repository.js';
import { TASKS_QUEUE, type RunTask } from './tasks.queue.js';
import { TasksRepository } from './tasks.repository.js';

/** More jobs wake no more workers. */
const MAX_JOBS = 16;
const EXPIRED_AT_ONCE = 100;

/** Wakes workers for tasks whose job Redis lost or whose worker died, and deletes old results. */
@Injectable()
export class TasksSweep extends Sweep {
  constructor(
    private readonly database: Database,
    private readonly turns: TaskTurnsRepository,
    private readonly tasks: TasksRepository,
    logger: Logger,
    @InjectQueue(TASKS_QUEUE) private readonly queue: Queue<RunTask>,
  ) {
    super(logger, { name: 'tasks', everyMs: 2_000 });
  }

  protected async sweep(): Promise<void> {
    const waiting = await this.database.asPlatform(async () => {
      await this.turns.wakeLost();
      return this.turns.countWaiting(MAX_JOBS);
    });
    if (waiting > 0 && (await this.queue.getWaitingCount()) < waiting) {
      await this.queue.addBulk(Array.from({ length: waiting }, () => ({ data: { id: newId() } })));
    }
    while (!this.stopping && (await this.database.asPlatform(() => this.tasks.expire(EXPIRED_AT_ONCE))) > 0);
  }
}
