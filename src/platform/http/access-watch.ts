import type { Request } from 'express';
import type { ApiError } from '../errors/index.js';

/**
 * Watches whether the caller of a request may still have what is being sent, and calls back once when not: the credential
 * was revoked, has run out, or lost what the route asks for.
 * @returns a function that ends the watch
 */
export type AccessWatch = (onRefused: (error: ApiError) => void) => () => void;

type WatchedRequest = Request & { accessWatch?: AccessWatch };

/** Puts on a request how its caller is watched. Done by the guard of identity/access that lets it through. */
export function setAccessWatch(request: Request, watch: AccessWatch): void {
  (request as WatchedRequest).accessWatch = watch;
}

/** Undefined on public routes: there is nobody to watch. */
export const accessWatchOf = (request: Request): AccessWatch | undefined => (request as WatchedRequest).accessWatch;
