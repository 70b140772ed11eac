import type { FileType } from './task-file.entity.js';

/** A file that a run leaves beside its result. */
export interface AttachedFile {
  /** With the extension of its type: `report.pdf`. */
  name: string;
  contentType: FileType;
  content: Uint8Array | string;
}

/** What a task asks a model about numbered passages. */
export interface TaskQuestion {
  question: string;
  passages: { id: number; title: string; text: string }[];
  instructions: string;
  maxTokens: number;
}

/** What a run of a task has, besides its input. */
export interface TaskContext {
  readonly taskId: string;
  readonly organizationId: string;
  /** Aborts when the task is cancelled or late, when another worker has taken it over, and when this process stops. */
  readonly signal: AbortSignal;
  /**
   * Saves the progress, 0-100, with a sentence for people. It may be called often, because writes are limited.
   * @throws the reason of `signal` once it has aborted
   */
  progress(percent: number, message: string): Promise<void>;
  /**
   * Asks the default model, on the account of the task's organization.
   * @returns undefined if there is only the embedded model, if the quota of tokens is used up, or if the model fails: it
   *   must be possible to do without
   * @throws the reason of `signal` once it has aborted
   */
  ask(question: TaskQuestion): Promise<{ text: string; model: string } | undefined>;
  /**
   * Adds a file to the results. It replaces one of the same name. Up to 20 files, 20 MiB together; they are stored when the
   * task completes.
   * @throws TaskFailure if they are more
   */
  attach(file: AttachedFile): Promise<void>;
}

/** A failure that the person who submitted the task can understand and mend. After any other error the task is tried again. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** How one type of task is done. Its module passes it to `TaskRunners` in the worker. */
export abstract class TaskRunner<Input extends object = object, Result extends object = object> {
  abstract readonly type: string;
  abstract readonly timeoutSeconds: number;
  /** May run again after the death of a worker, so it writes nothing but its result. */
  abstract run(input: Input, context: TaskContext): Promise<Result>;
}
