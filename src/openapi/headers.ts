const header = (type: string, description: string, example: unknown): object => ({
  description,
  schema: { type },
  example,
});

/** Headers that are described once, by their names in the document. */
export const SHARED_HEADERS: Record<string, object> = {
  'X-Request-Id': header(
    'string',
    'Id of this request. Quote it when you report a problem.',
    'req_01a200a0ce7a7168a703',
  ),
  'API-Version': header('string', 'API version of this response.', '2026-11-22'),
  'X-RateLimit-Limit': header('integer', 'Requests that the most restrictive limit allows per window.', 60),
  'X-RateLimit-Remaining': header('integer', 'Requests left in this window.', 58),
  'X-RateLimit-Reset': header('integer', 'Unix time at which the limit is fully restored.', 1_924_992_000),
  'X-RateLimit-Cost': header('integer', 'Requests that this call counted as. Omitted if one.', 2),
  'RateLimit-Policy': header('string', 'Every limit that applies, with its window in seconds.', '"minute";q=60;w=60'),
  RateLimit: header('string', 'Requests left per limit, and seconds until it is fully restored.', '"minute";r=58;t=2'),
  'X-Parlance-Degraded': header(
    'string',
    '`limits` while each process of this server enforces limits on its own.',
    'limits',
  ),
  Location: header(
    'string',
    'Address of the created resource.',
    '/api/v1/knowledge/0198f2a0-0000-7000-8000-000000000000',
  ),
  'Content-Location': header(
    'string',
    'Address at which this stream can be resumed.',
    '/api/v1/chat/streams/0198f2a0-0000-7000-8000-000000000000',
  ),
  'Idempotency-Replayed': header('string', '`true` if this is the stored response of an earlier request.', 'true'),
  'Cache-Control': header('string', 'How long the response may be cached.', 'public, max-age=300'),
  'WWW-Authenticate': header(
    'string',
    'The kind of credential required, and what is wrong with the one that was sent.',
    'Bearer realm="parlance", error="invalid_token"',
  ),
  'Retry-After': header('integer', 'Seconds to wait before you try again.', 30),
  Deprecation: header('string', 'When this version or operation was deprecated.', '@1795305600'),
  Sunset: header('string', 'When this version or operation ends.', 'Mon, 22 Nov 2027 00:00:00 GMT'),
  Link: header('string', 'What to use instead, and a migration guide.', '</changelog#2026-11-22>; rel="deprecation"'),
};

/** Headers of every response. */
export const ALWAYS = ['X-Request-Id', 'API-Version'];

/** Headers of every response of a rate limited operation. */
export const LIMITED = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-RateLimit-Cost',
  'RateLimit-Policy',
  'RateLimit',
  'X-Parlance-Degraded',
];

/** Headers of error responses, by status. */
export const ON_ERRORS: Record<string, string[]> = {
  401: ['WWW-Authenticate'],
  409: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

export const refToHeader = (name: string): string => `#/components/headers/${name}`;

/** References to these headers. */
export const headersNamed = (names: string[]): Record<string, object> =>
  Object.fromEntries(names.map((name) => [name, { $ref: refToHeader(name) }]));
