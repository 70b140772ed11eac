import type { CorsOptions, CorsOptionsDelegate } from '@nestjs/common/interfaces/external/cors-options.interface.js';
import type { Request } from 'express';
import { METHODS } from '../http/index.js';

const PREFLIGHT_SECONDS = 600;

/** Headers that a page of another origin can read. */
const EXPOSED_HEADERS = [
  'X-Request-Id',
  'Allow',
  'Location',
  'Content-Location',
  'Retry-After',
  'WWW-Authenticate',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-RateLimit-Cost',
  'RateLimit',
  'RateLimit-Policy',
  'X-Parlance-Degraded',
  'Idempotency-Replayed',
  'API-Version',
  'Deprecation',
  'Sunset',
  'Link',
];

/** Web pages of these origins can call with credentials. Browsers hide the responses from all others. */
export function corsFor(origins: string[]): CorsOptionsDelegate<Request> {
  const options: CorsOptions = {
    origin: origins,
    credentials: true,
    methods: METHODS.filter((method) => method !== 'OPTIONS'),
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  };
  return (request, callback) => callback(null, { ...options, preflightContinue: !isPreflight(request) });
}

/** Any other OPTIONS request asks for the methods of a path (Fetch standard, CORS-preflight request). */
const isPreflight = ({ headers }: Request): boolean =>
  headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
