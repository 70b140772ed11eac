/**
 * Work on text that one function does, in this thread when it is small and in another one when it could hold the event loop.
 * What goes in and comes out is plain data.
 */
export interface ThreadJob<Input, Output> {
  /** The module in `dist/`, without its ending, whose default export is `run`. It should load fast. */
  module: string;
  run: (input: Input) => Output;
  /** Upper bound of the milliseconds that it takes, told in no time. */
  cost: (input: Input) => number;
  /** Seconds after which it is stopped. */
  deadlineSeconds: number;
}

export interface ThreadOptions {
  /** Whose work it is. Organizations take turns, and none fills the queue alone. */
  organizationId: string;
  /** Stops the work. */
  signal?: AbortSignal;
  /** Nobody waits for it: it takes one thread at most, and waits as long as there is other work. */
  isBackground?: boolean;
}
