import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { LeaseLost } from '../../platform/leases/index.js';
import { Logger, Metrics } from '../../platform/telemetry/index.js';
import { Attachments } from './attachments.js';
import { TaskChanges } from './task-changes.js';
import { TaskEnds, type Outcome } from './task-ends.js';
import { TaskModel } from './task-model.js';
import { TaskFailure, type TaskContext, type TaskRunner } from './task-runner.js';
import { TaskRunners } from './task-runners.js';
import { TaskTurnsRepository, type ClaimedTask } from './task-turns.repository.js';
import { LEASE_SECONDS, TasksLeases } from './tasks.leases.js';
import { TASKS_QUEUE } from './tasks.queue.js';
import { TasksRepository } from './tasks.repository.js';

/** A task that ends its worker, or fails through our fault, this often is given up. */
const MAX_ATTEMPTS = 3;
const RETRY_SECONDS = 5;
/** Claims in a row that may find nothing before a slot gives up until it is woken again. */
const MAX_MISSES = 20;
/** Results are read whole, by their worker and by whoever asks for them. */
const MAX_RESULT_BYTES = 4 * 1024 * 1024;
/** Progress is written at most this often. */
const PROGRESS_MS = 250;

/** Why a run stops although its work is not done. */
class Stopped extends Error {
  constructor(readonly reason: 'ended' | 'late' | 'shutdown') {
    super(`The run stops: ${reason}`);
  }
}

/** Runs tasks, by turns. Any number of workers share them: a lease in PostgreSQL decides who runs one. */
@Injectable()
export class TaskWorker implements BeforeApplicationShutdown {
  private readonly runs = new Map<AbortController, Promise<void>>();
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly turns: TaskTurnsRepository,
    private readonly tasks: TasksRepository,
    private readonly runners: TaskRunners,
    private readonly ends: TaskEnds,
    private readonly model: TaskModel,
    private readonly leases: TasksLeases,
    private readonly changes: TaskChanges,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  /** Runs tasks one after the other until none is left that may run now. */
  async work(): Promise<void> {
    for (let misses = 0; !this.isStopping && misses < MAX_MISSES;) {
      const claimed = await this.claim();
      if (claimed === 'none') return;
      misses = claimed === 'again' ? misses + 1 : 0;
      if (claimed !== 'again') await this.take(claimed);
    }
  }

  /** Gives back what is running, for another worker or the next start. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    for (const stop of this.runs.keys()) stop.abort(new Stopped('shutdown'));
    await Promise.allSettled(this.runs.values());
  }

  private claim(): Promise<ClaimedTask | 'none' | 'again'> {
    return this.database.asPlatform(() => this.turns.claim(newId(), this.runners.types, LEASE_SECONDS));
  }

  private async take(task: ClaimedTask): Promise<void> {
    const stop = new AbortController();
    const run = this.run(task, stop).catch((error: unknown) =>
      // The lease expires, and the task is tried again.
      this.logger.warn({ err: error, task: task.id }, 'the end of a task was not stored'),
    );
    this.runs.set(stop, run);
    await run.finally(() => this.runs.delete(stop));
  }

  private async run(task: ClaimedTask, stop: AbortController): Promise<void> {
    this.changes.tell(task.id);
    const runner = this.runners.get(task.type) as TaskRunner;
    if (task.attempts > MAX_ATTEMPTS) return this.end(task, givenUp());
    const lost = this.leases.hold(task);
    const late = setTimeout(() => stop.abort(new Stopped('late')), runner.timeoutSeconds * 1000);
    const unwatch = this.changes.onEnd(task.id, () => void this.stopIfEnded(task, stop));
    try {
      const signal = AbortSignal.any([stop.signal, lost]);
      const attachments = new Attachments();
      const result = await this.attempt(runner, task, signal, attachments);
      await this.end(task, complete(result, attachments));
    } catch (error) {
      await this.fail(task, runner, error);
    } finally {
      clearTimeout(late);
      unwatch();
      this.leases.drop(task);
    }
  }

  /** Does not wait for a runner that ignores its signal. */
  private attempt(
    runner: TaskRunner,
    task: ClaimedTask,
    signal: AbortSignal,
    attachments: Attachments,
  ): Promise<object> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      runner
        .run(task.input, this.contextOf(task, signal, attachments))
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  private contextOf(task: ClaimedTask, signal: AbortSignal, attachments: Attachments): TaskContext {
    const { id, organizationId, holder } = task;
    let writtenAt = 0;
    let written = '';
    return {
      taskId: id,
      organizationId,
      signal,
      progress: async (percent, message) => {
        signal.throwIfAborted();
        const shown = Math.min(99, Math.max(0, Math.floor(percent)));
        const line = `${shown} ${message}`;
        if (line === written || Date.now() - writtenAt < PROGRESS_MS) return;
        [written, writtenAt] = [line, Date.now()];
        const isOurs = await this.database.asTenant(organizationId, () =>
          this.tasks.saveProgress(id, holder, shown, message),
        );
        if (!isOurs) throw new Stopped('ended');
        this.changes.tell(id);
      },
      ask: (question) => this.model.ask(task, question, signal),
      attach: async (file) => attachments.add(file),
    };
  }

  private async fail(task: ClaimedTask, runner: TaskRunner, error: unknown): Promise<void> {
    if (error instanceof TaskFailure) {
      const { code, message } = error;
      return this.end(task, { status: 'failed', error: { code, message }, isOurs: false });
    }
    if (error instanceof Stopped && error.reason === 'late') return this.end(task, late(runner.timeoutSeconds));
    if (error instanceof Stopped && error.reason === 'shutdown') {
      return this.giveBack(task, { afterSeconds: 0, isAttempt: false });
    }
    // Cancelled, or another worker has it.
    if (error instanceof Stopped || error instanceof LeaseLost) return;
    this.logger.error({ err: error, task: task.id, type: task.type }, 'a task failed');
    if (task.attempts >= MAX_ATTEMPTS) return this.end(task, failed());
    return this.giveBack(task, { afterSeconds: RETRY_SECONDS, isAttempt: true });
  }

  private async end(task: ClaimedTask, outcome: Outcome): Promise<void> {
    if (await this.ends.end(task.organizationId, task.id, outcome, task.holder)) {
      this.metrics.jobs.inc({ queue: TASKS_QUEUE, outcome: outcome.status });
    }
  }

  private giveBack(task: ClaimedTask, how: { afterSeconds: number; isAttempt: boolean }): Promise<void> {
    return this.database.asPlatform(() => this.turns.giveBack(task, how));
  }

  private async stopIfEnded(task: ClaimedTask, stop: AbortController): Promise<void> {
    const now = await this.database.asTenant(task.organizationId, () => this.tasks.find(task.id)).catch(() => null);
    // If PostgreSQL is away, the next progress or the lease notices it.
    if (now === null) return;
    if (now?.holder !== task.holder) stop.abort(new Stopped('ended'));
  }
}

function complete(result: object, { files }: Attachments): Outcome {
  const content = JSON.stringify(result);
  if (Buffer.byteLength(content) <= MAX_RESULT_BYTES) return { status: 'completed', content, files };
  return {
    status: 'failed',
    isOurs: false,
    error: { code: 'RESULT_TOO_LARGE', message: 'The results are larger than 4 MiB. Ask for less at a time.' },
  };
}

const late = (seconds: number): Outcome => ({
  status: 'failed',
  isOurs: false,
  error: {
    code: 'TASK_TIMEOUT',
    message: `The task did not finish within ${Math.round(seconds / 60)} minutes. Ask for less at a time.`,
  },
});

const failed = (): Outcome => ({
  status: 'failed',
  isOurs: true,
  error: {
    code: 'INTERNAL_ERROR',
    message: `The task failed ${MAX_ATTEMPTS} times because of an error on the server. It does not count against your quota.`,
  },
});

const givenUp = (): Outcome => ({
  status: 'failed',
  isOurs: true,
  error: {
    code: 'WORKER_LOST',
    message: `The task was given up, because its worker stopped during each of ${MAX_ATTEMPTS} attempts. It does not count against your quota.`,
  },
});
