import type { Request } from 'express';
import type { ApiError } from '../errors/index.js';

/**
 * Watches whether the caller may still read the response. Calls back once if not: the credential was revoked, expired
 * or lost a permission that the route requires.
 * @returns a function that ends the watch
 */
export type AccessWatch = (onRefused: (error: ApiError) => void) => () => void;

type WatchedRequest = Request & { accessWatch?: AccessWatch };

/** Attaches the watch to a request. The guard of identity/access that admits the caller does this. */
export function setAccessWatch(request: Request, watch: AccessWatch): void {
  (request as WatchedRequest).accessWatch = watch;
}

/** Undefined on public routes, which have no credential to watch. */
export const accessWatchOf = (request: Request): AccessWatch | undefined => (request as WatchedRequest).accessWatch;
