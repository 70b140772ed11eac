import type { Request } from 'express';
import { ApiError } from '../../platform/errors/index.js';

/** One token and nothing after it (RFC 6750, 2.1; RFC 9449, 7.1). RFC 9110, 11.4, allows several spaces before it. */
const BEARER = /^(?:bearer|dpop) +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The credential that a request carries; undefined when it is missing or malformed. */
export const bearerTokenOf = ({ headers }: Pick<Request, 'headers'>): string | undefined =>
  BEARER.exec(headers.authorization ?? '')?.[1];

/** Whether the credential is bound to a key. Only OAuth access tokens can be. */
export const isDpopScheme = ({ headers }: Pick<Request, 'headers'>): boolean =>
  /^dpop\b/i.test(headers.authorization ?? '');

/**
 * The credential that a request carries.
 * @throws ApiError UNAUTHORIZED when it carries none
 */
export function getBearerToken(request: Request): string {
  const token = bearerTokenOf(request);
  if (token !== undefined) return token;
  const isBearer = /^bearer\b/i.test(request.headers.authorization ?? '');
  throw new ApiError(
    'UNAUTHORIZED',
    isBearer
      ? { detail: 'The `Authorization` header is malformed. Send exactly one token: `Authorization: Bearer <token>`.' }
      : {},
  );
}

export const invalidToken = (): ApiError =>
  new ApiError('UNAUTHORIZED', {
    detail: 'The API key or access token is not valid. Check that it is complete and unchanged.',
  });
