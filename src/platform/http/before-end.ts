import type { Response } from 'express';

/** @param mayWait whether what it writes may wait for the end of this turn of the event loop, and still be ahead of the response */
type BeforeEnd = (mayWait: boolean) => void;

type EndingResponse = Response & { beforeEnd?: BeforeEnd };

/** Calls back once before the last bytes of a response go out, or when there will be none. */
export function beforeEnd(response: Response, callback: BeforeEnd): void {
  if (response.destroyed) return callback(false);
  const ending = response as EndingResponse;
  const earlier = ending.beforeEnd;
  let isDue = true;
  const callOnce: BeforeEnd = (mayWait) => {
    if (!isDue) return;
    isDue = false;
    callback(mayWait);
  };
  ending.beforeEnd = (mayWait) => {
    earlier?.(mayWait);
    callOnce(mayWait);
  };
  response.once('prefinish', () => callOnce(false)).once('close', () => callOnce(false));
}

/**
 * Sends the rest of a response at the end of this turn of the event loop. What others have to write before it, they write in one
 * go for all responses of the turn: under load, the system call of a write costs more than its content.
 */
export function endSoon(response: Response, text: string): void {
  (response as EndingResponse).beforeEnd?.(true);
  // Called in the order in which they were set: after those of whoever was just told.
  setImmediate(() => response.end(text));
}
