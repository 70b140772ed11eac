import type { Request } from 'express';
import type { ApiError } from '../../platform/errors/index.js';

const failures = new WeakMap<Request, ApiError>();

/** Records why the caller of a request could not be authenticated. */
export function setAuthenticationFailure(request: Request, reason: ApiError): void {
  failures.set(request, reason);
}

/** @throws ApiError with the reason if the caller could not be authenticated */
export function requireAuthenticated(request: Request): void {
  const reason = failures.get(request);
  if (reason) throw reason;
}
