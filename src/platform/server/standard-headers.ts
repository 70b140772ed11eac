import type { NextFunction, Request, Response } from 'express';

/**
 * Headers of every response: use HTTPS, trust the content type, send no referrer, do not frame or embed it elsewhere
 * (OWASP HTTP Headers), and do not store it, because it can contain tokens, keys and personal data (RFC 6749, 5.1).
 * Pages and `CacheFor` override them; pages add a policy for their content.
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

/** For pages that are the same for all users. */
export function letBeStored(_request: Request, response: Response, next: NextFunction): void {
  response.removeHeader('Cache-Control');
  next();
}
