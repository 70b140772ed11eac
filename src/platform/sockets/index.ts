import type { Writable } from 'node:stream';

/**
 * Has all that is written to a connection within this turn of the event loop go out in one go at its end: under load, the system
 * call of a write costs more than what is written, on both sides.
 */
export function writeTogether(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
