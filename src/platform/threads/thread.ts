import { parentPort } from 'node:worker_threads';

/** What a thread is asked, and what it answers. */
export interface ThreadRequest {
  /** Address of the module whose default export does the work. */
  url: string;
  input: unknown;
}

export type ThreadReply = { output: unknown } | { error: string };

// The thread's side: one piece of work after the other, as `Threads` hands them over.
parentPort?.on('message', ({ url, input }: ThreadRequest) => {
  void (async () => {
    let reply: ThreadReply;
    try {
      const { default: run } = (await import(url)) as { default: (given: unknown) => unknown };
      reply = { output: run(input) };
    } catch (error) {
      reply = { error: String((error as Error).stack) };
    }
    parentPort?.postMessage(reply);
  })();
});
