import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Database } from '../../platform/database/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';
import { TaskTurnsRepository, type OpenTasks } from './task-turns.repository.js';

/** Measures the tasks of all workers when metrics are read, because a worker itself serves none. */
@Injectable()
export class TasksMetrics {
  private readonly waiting: Gauge<'type'>;
  private readonly running: Gauge<'type'>;
  private readonly oldest: Gauge<'type'>;
  private counting: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly turns: TaskTurnsRepository,
    private readonly logger: Logger,
    { registry }: Metrics,
  ) {
    // Each gauge is read by itself, so each waits for the same count.
    const collect = (): Promise<void> => (this.counting ??= this.count().finally(() => (this.counting = undefined)));
    const gauge = (name: string, help: string): Gauge<'type'> =>
      new Gauge({ name, help, labelNames: ['type'], registers: [registry], collect });
    this.waiting = gauge('tasks_waiting', 'Background tasks that wait for a worker, by type');
    this.running = gauge('tasks_running', 'Background tasks that run on any worker, by type');
    this.oldest = gauge('tasks_oldest_waiting_seconds', 'How long the oldest waiting task has waited, by type');
  }

  private async count(): Promise<void> {
    const open = await this.countOpen();
    for (const gauge of [this.waiting, this.running, this.oldest]) gauge.reset();
    for (const { type, waiting, running, oldestSeconds } of open) {
      this.waiting.set({ type }, waiting);
      this.running.set({ type }, running);
      this.oldest.set({ type }, oldestSeconds);
    }
  }

  /** None while PostgreSQL is away: the other metrics are needed then. */
  private countOpen(): Promise<OpenTasks[]> {
    return this.database
      .asPlatform(() => this.turns.countOpen())
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'tasks not counted for the metrics');
        return [];
      });
  }
}
