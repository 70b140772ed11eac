import { setTimeout as pause } from 'node:timers/promises';

/** Waits until the check passes, and fails with its last error at the deadline. */
export async function eventually<T>(check: () => Promise<T> | T, deadlineMs = 30_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(25);
    }
  }
}

/** Repeats a call while the server is overloaded, as clients do. */
export async function whileBusy<Answer extends { status: number }>(call: () => Promise<Answer>): Promise<Answer> {
  return eventually(async () => {
    const answer = await call();
    if (answer.status === 503) throw new Error('The server stays overloaded.');
    return answer;
  }, 60_000);
}
