import { parentPort } from 'node:worker_threads';

/** A request to a thread, and its reply. */
export interface ThreadRequest {
  /** Address of the module whose default export does the work. */
  url: string;
  input: unknown;
}

export type ThreadReply = { output: unknown } | { error: string };

// The thread's side: does one job after the other, as `Threads` sends them.
parentPort?.on('message', ({ url, input }: ThreadRequest) => {
  void (async () => {
    let reply: ThreadReply;
    try {
      const { default: run } = (await import(url)) as { default: (given: unknown) => unknown };
      reply = { output: await run(input) };
    } catch (error) {
      reply = { error: String((error as Error).stack) };
    }
    parentPort?.postMessage(reply);
  })();
});
