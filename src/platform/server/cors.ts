import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';

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
export const corsFor = (origins: string[]): CorsOptions => ({
  origin: origins,
  credentials: true,
  methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
  exposedHeaders: EXPOSED_HEADERS,
  maxAge: PREFLIGHT_SECONDS,
});
