import type { Response } from 'express';

/** @param mayWait whether its writes may wait until the end of this turn of the event loop, because the response does too */
type BeforeEnd = (mayWait: boolean) => void;

type EndingResponse = Response & { beforeEnd?: BeforeEnd };

/** Calls back once, before the last bytes of a response are sent, or when it closes without them. A response has one callback. */
export function beforeEnd(response: Response, callback: BeforeEnd): void {
  if (response.destroyed) return callback(false);
  let isDue = true;
  const callOnce: BeforeEnd = (mayWait) => {
    if (!isDue) return;
    isDue = false;
    callback(mayWait);
  };
  (response as EndingResponse).beforeEnd = callOnce;
  response.once('prefinish', () => callOnce(false)).once('close', () => callOnce(false));
}

/**
 * Ends a response at the end of this turn of the event loop. So the callbacks of all responses of the turn can share
 * one write.
 */
export function endSoon(response: Response, text: string): void {
  (response as EndingResponse).beforeEnd?.(true);
  // Immediates run in order: this one runs after those that the callbacks set.
  setImmediate(() => response.end(text));
}
