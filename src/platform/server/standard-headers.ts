import type { NextFunction, Request, Response } from 'express';

/**
 * What every response says: keep to HTTPS, take the content for what it says it is, do not tell others where a link was followed,
 * neither frame nor embed it elsewhere (OWASP HTTP Headers), and store nothing: responses carry tokens, keys and what is the
 * caller's own (RFC 6749, 5.1). Pages and `CacheFor` say otherwise; pages add a policy for their content.
 */
const HEADERS = Object.entries({
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
});

export function setStandardHeaders(_request: Request, response: Response, next: NextFunction): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
  next();
}

/** For pages that are the same for everybody. */
export function letBeStored(_request: Request, response: Response, next: NextFunction): void {
  response.removeHeader('Cache-Control');
  next();
}
