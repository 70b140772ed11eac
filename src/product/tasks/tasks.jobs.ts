import { InjectQueue } from '@nestjs/bull';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bull';
import { Config } from '../../platform/config/index.js';
import { TaskWorker } from './task-worker.js';
import { TASKS_QUEUE, type RunTask } from './tasks.queue.js';

/** Connects the queue with the worker. Not `@Process()`, whose concurrency cannot be configured. */
@Injectable()
export class TasksJobs implements OnApplicationBootstrap {
  constructor(
    private readonly config: Config,
    private readonly worker: TaskWorker,
    @InjectQueue(TASKS_QUEUE) private readonly queue: Queue<RunTask>,
  ) {}

  onApplicationBootstrap(): void {
    void this.queue.process(this.config.get('WORKER_CONCURRENCY'), () => this.worker.work());
  }
}
