import type { CorsOptions } from '@nestjs/common/interfaces/external/cors-options.interface.js';

const PREFLIGHT_SECONDS = 600;

/** What a page of another origin may read of an answer besides its body. */
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

/** Web pages of these origins may call with credentials; of any other, browsers keep the answers to themselves. */
export const corsFor = (origins: string[]): CorsOptions => ({
  origin: origins,
  credentials: true,
  methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
  exposedHeaders: EXPOSED_HEADERS,
  maxAge: PREFLIGHT_SECONDS,
});
