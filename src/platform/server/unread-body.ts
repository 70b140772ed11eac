import type { NextFunction, Request, Response } from 'express';

const LINGER_MS = 2_000;
const LINGER_BYTES = 4 * 1024 * 1024;
const LOOK_MS = 50;

const notHeardOut = new WeakSet<Request>();

/** What else is sent of this body is not waited for: to read it would cost too much. */
export function cutOffAfterResponse(request: Request): void {
  notHeardOut.add(request);
}

/**
 * A body that nobody has read when the response is out, because its sender was refused, may run out for a moment: closing the
 * connection at once could lose the response (RFC 9112, 9.6). Node reads and drops it. Whoever sends on is cut off.
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
