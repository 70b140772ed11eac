import type { Request } from 'express';

/** The credential that a request carries (RFC 6750, 2.1); undefined when it has none, or none of that scheme. */
export function bearerTokenOf(request: Request): string | undefined {
  const [scheme, credential] = (request.headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && credential ? credential : undefined;
}
