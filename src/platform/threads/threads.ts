import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { packageRoot } from '../config/index.js';
import { ApiError, inSeconds } from '../errors/index.js';
import { FairQueue } from './fair-queue.js';
import type { ThreadJob, ThreadOptions } from './thread-job.js';
import type { ThreadReply, ThreadRequest } from './thread.js';

const SIZE = 2;
/** Longer work runs in another thread, so that it does not block the event loop. */
const IN_PROCESS_MS = 20;
const QUEUE = { total: 64, perOwner: 8 };
/** How long a request waits for a thread before it is refused. */
const PATIENCE_MS = 10_000;
const RETRY_SECONDS = 2;
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** An error is wrapped, because the reason of an aborted signal need not be an Error of this realm. */
type Reply = ThreadReply | { failure: unknown };

interface Task {
  request: ThreadRequest;
  owner: string;
  isBackground: boolean;
  deadlineMs: number;
  /** The thread that is running it. */
  thread?: Thread;
  timer?: NodeJS.Timeout;
  settle: (reply: Reply) => void;
}

interface Thread {
  worker: Worker;
  task?: Task;
}

/** The work took too long, or needed too much memory. */
export class ThreadStopped extends Error {}

/**
 * A few threads for work on text that could block the event loop. They run the built code (`dist/`), also in tests. A
 * thread is started when it is first needed and then kept. One that is stopped during its work is replaced.
 */
@Injectable()
export class Threads implements OnApplicationShutdown {
  private readonly threads = new Set<Thread>();
  private readonly waiting = new FairQueue<Task>(QUEUE);
  private readonly inBackground = new FairQueue<Task>({ total: QUEUE.total, perOwner: QUEUE.total });

  /**
   * Runs the work here if it is small, else in a thread.
   * @throws ApiError SERVICE_UNAVAILABLE if too much work is waiting
   * @throws ThreadStopped if it took too long or too much memory; the signal's reason if aborted
   */
  async run<Input, Output>(job: ThreadJob<Input, Output>, input: Input, options: ThreadOptions): Promise<Output> {
    options.signal?.throwIfAborted();
    if (job.cost(input) <= IN_PROCESS_MS) return job.run(input);
    const url = pathToFileURL(join(packageRoot, 'dist', `${job.module}.js`)).href;
    const { organizationId: owner, isBackground = false } = options;
    const request = { url, input };
    const reply = await this.ask(
      { request, owner, isBackground, deadlineMs: job.deadlineSeconds * 1000 },
      options.signal,
    );
    if ('failure' in reply) throw reply.failure;
    if ('error' in reply) throw new Error(reply.error);
    return reply.output as Output;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.threads].map(({ worker }) => worker.terminate()));
  }

  private ask(given: Omit<Task, 'settle'>, signal?: AbortSignal): Promise<Reply> {
    return new Promise((resolve) => {
      const onAbort = (): void => this.stop(task, signal?.reason);
      const task: Task = {
        ...given,
        settle: (reply) => {
          clearTimeout(task.timer);
          signal?.removeEventListener('abort', onAbort);
          resolve(reply);
        },
      };
      if (!this.queueOf(task).push(task.owner, task)) return resolve({ failure: busy() });
      signal?.addEventListener('abort', onAbort, { once: true });
      if (!task.isBackground) task.timer = setTimeout(() => this.stop(task, busy()), PATIENCE_MS);
      this.startNext();
    });
  }

  private startNext(): void {
    const isInBackground = [...this.threads].some(({ task }) => task?.isBackground);
    const idle = [...this.threads].find(({ task }) => !task);
    if (!idle && this.threads.size >= SIZE) return;
    const task = this.waiting.shift() ?? (isInBackground ? undefined : this.inBackground.shift());
    if (!task) return;
    const thread = idle ?? this.newThread();
    thread.task = task;
    task.thread = thread;
    clearTimeout(task.timer);
    task.timer = setTimeout(() => this.stop(task, tooLong(task)), task.deadlineMs);
    // An idle thread does not keep the process alive, but a busy one does.
    thread.worker.ref();
    thread.worker.postMessage(task.request);
    this.startNext();
  }

  private newThread(): Thread {
    const worker = new Worker(join(packageRoot, 'dist/platform/threads/thread.js'), {
      resourceLimits: MEMORY,
      // Each job contains all that a thread needs; it gets no secrets.
      env: {},
      execArgv: [],
    });
    const thread: Thread = { worker };
    this.threads.add(thread);
    worker.on('message', (reply: ThreadReply) => this.finish(thread, reply));
    worker.on('error', (error) => this.remove(thread, isOutOfMemory(error) ? new ThreadStopped(error.message) : error));
    worker.on('exit', () => this.remove(thread, new Error('the thread ended')));
    return thread;
  }

  private finish(thread: Thread, reply: Reply): void {
    const { task } = thread;
    delete thread.task;
    thread.worker.unref();
    task?.settle(reply);
    this.startNext();
  }

  private stop(task: Task, reason: unknown): void {
    this.queueOf(task).remove(task.owner, task);
    const { thread } = task;
    if (thread?.task !== task) return task.settle({ failure: reason });
    this.remove(thread, reason);
    void thread.worker.terminate();
  }

  private remove(thread: Thread, reason: unknown): void {
    if (!this.threads.delete(thread)) return;
    this.finish(thread, { failure: reason });
  }

  private queueOf({ isBackground }: Task): FairQueue<Task> {
    return isBackground ? this.inBackground : this.waiting;
  }
}

const busy = (): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', {
    detail: `The server is busy. Try again in ${inSeconds(RETRY_SECONDS)}.`,
    retryAfterSeconds: RETRY_SECONDS,
  });

const isOutOfMemory = (error: Error): boolean => (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';

const tooLong = ({ deadlineMs }: Task): ThreadStopped =>
  new ThreadStopped(`stopped after ${deadlineMs / 1000} seconds`);
