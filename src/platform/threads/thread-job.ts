/**
 * Work on text that one function does: in this thread if it is small, else in another one, so that it does not block
 * the event loop. Input and output are plain data.
 */
export interface ThreadJob<Input, Output> {
  /** Path of the module in `dist/` without its extension. Its default export is `run`. It should load fast. */
  module: string;
  run: (input: Input) => Output | Promise<Output>;
  /** Upper bound of its duration in milliseconds. Must be fast to compute. */
  cost: (input: Input) => number;
  /** Seconds after which it is stopped. */
  deadlineSeconds: number;
}

export interface ThreadOptions {
  /** The organization that the work is for. Organizations take turns, and none can fill the queue alone. */
  organizationId: string;
  /** Stops the work. */
  signal?: AbortSignal;
  /** No request waits for it. It uses at most one thread, and runs only when there is no other work. */
  isBackground?: boolean;
}
