import { Injectable } from '@nestjs/common';
import type { TaskRunner } from './task-runner.js';

/** The runners of this worker, by type of task. */
@Injectable()
export class TaskRunners {
  private readonly byType = new Map<string, TaskRunner>();

  add(runner: TaskRunner): void {
    this.byType.set(runner.type, runner);
  }

  get(type: string): TaskRunner | undefined {
    return this.byType.get(type);
  }

  get types(): string[] {
    return [...this.byType.keys()];
  }
}
