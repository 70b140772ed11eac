import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { withOrigin } from '../telemetry/index.js';
import { addressesOf } from './client-address.js';

const CALLERS_OWN_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** A new request id, for a request without one. */
export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`;

/** Whether this is a well-formed request id of a caller. */
export const isRequestId = (id: string): boolean => CALLERS_OWN_ID.test(id);

/** The id of this request, as in `X-Request-Id`. */
export const requestIdOf = (response: Response): string => String(response.getHeader('X-Request-Id'));

/** Gives every request an id before anything can fail: the caller's own if it is well-formed, else a new one. */
export function requestContext(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && isRequestId(given) ? given : newRequestId();
  response.setHeader('X-Request-Id', requestId);
  const userAgent = request.headers['user-agent']?.slice(0, 500) ?? null;
  withOrigin({ requestId, ...addressesOf(request), userAgent }, next);
}
