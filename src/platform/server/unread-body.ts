import type { NextFunction, Request, Response } from 'express';

const LINGER_MS = 2_000;
const LINGER_BYTES = 4 * 1024 * 1024;
const LOOK_MS = 50;

const notHeardOut = new WeakSet<Request>();

/** Does not wait for the rest of this body, because reading it would cost too much. */
export function cutOffAfterResponse(request: Request): void {
  notHeardOut.add(request);
}

/**
 * Reads and drops the unread body of a refused request for a moment after the response. Closing the connection at once
 * could lose the response (RFC 9112, 9.6). A sender that continues is cut off.
 */
export function letUnreadBodyRunOut(request: Request, response: Response, next: NextFunction): void {
  response.once('finish', () => {
    if (request.complete || request.destroyed) return;
    if (notHeardOut.has(request)) request.socket.destroySoon();
    else cutOffLater(request);
  });
  next();
}

function cutOffLater(request: Request): void {
  const { socket } = request;
  const [endsAt, most] = [Date.now() + LINGER_MS, socket.bytesRead + LINGER_BYTES];
  request.resume();
  const looking = setInterval(() => {
    if (request.complete || socket.destroyed) clearInterval(looking);
    else if (Date.now() > endsAt || socket.bytesRead > most) socket.destroy();
  }, LOOK_MS);
}
