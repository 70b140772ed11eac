/** One row per error code of the API: its status, its title, what it tells by default, and how a caller mends it. */
export interface ErrorRow {
  status: number;
  title: string;
  message: string;
  help: string;
}

const table = {
  BAD_REQUEST: row(400, 'Bad request', 'The request could not be read.', 'Check that the body is valid JSON in UTF-8.'),
  INVALID_CURSOR: row(
    400,
    'Invalid cursor',
    'The cursor is not one that this list gave out.',
    'Pass `next_cursor` of the page before unchanged, or leave `cursor` out to begin at the newest item.',
  ),
  UNAUTHORIZED: row(
    401,
    'Authentication required',
    'A valid API key or access token is required.',
    'Send `Authorization: Bearer <API key or access token>`.',
  ),
  INVALID_CREDENTIALS: row(
    401,
    'Invalid credentials',
    'The email address or the password is wrong.',
    'Check both; for your safety the answer does not tell which one is wrong.',
  ),
  TOKEN_EXPIRED: row(
    401,
    'Token expired',
    'The access token or API key has expired.',
    'Refresh the session at `POST /auth/refresh`, sign in again, or make a new API key.',
  ),
  TOKEN_REVOKED: row(
    401,
    'Token revoked',
    'The access token or API key has been revoked.',
    'Sign in again or make a new API key.',
  ),
  UPGRADE_REQUIRED: row(
    402,
    'Upgrade required',
    'The plan of this organization does not include this.',
    'Upgrade to the plan that `detail` names.',
  ),
  FORBIDDEN: row(
    403,
    'Forbidden',
    'This credential may not do that.',
    'Use a credential of the kind or role that the operation asks for.',
  ),
  INSUFFICIENT_SCOPE: row(
    403,
    'Insufficient scope',
    'This credential lacks a scope that the operation needs.',
    'Make an API key that carries the scope named in `detail`. A `:write` scope does not imply `:read`.',
  ),
  NOT_FOUND: row(
    404,
    'Not found',
    'There is nothing here by that address.',
    'Check the id. What belongs to another organization answers exactly like what does not exist.',
  ),
  REQUEST_TIMEOUT: row(
    408,
    'Request timeout',
    'The request did not arrive in time.',
    'Send the headers within 15 seconds and the whole request within two minutes.',
  ),
  CONFLICT: row(
    409,
    'Conflict',
    'The request does not fit the present state.',
    'Read the resource again and decide anew.',
  ),
  IDEMPOTENCY_KEY_REUSED: row(
    409,
    'Idempotency key reused',
    'Another request was made under this idempotency key.',
    'Use a new `Idempotency-Key` for each operation, and the same one only to repeat it unchanged.',
  ),
  IDEMPOTENCY_IN_PROGRESS: row(
    409,
    'Idempotent request in progress',
    'The first request under this idempotency key has no answer yet.',
    'Ask again after the number of seconds in `Retry-After`: you will get its answer.',
  ),
  GONE: row(
    410,
    'Gone',
    'This was there once and is not any more.',
    'Ask for a new one: links and invitations work once and for a limited time. A version or route that has ended names its guide in `detail`.',
  ),
  PAYLOAD_TOO_LARGE: row(
    413,
    'Payload too large',
    'The request body is larger than 1 MiB.',
    'Send less in one request: split the text into several knowledge entries.',
  ),
  UNSUPPORTED_MEDIA_TYPE: row(
    415,
    'Unsupported media type',
    'The request body must be application/json in UTF-8.',
    'Send `Content-Type: application/json`.',
  ),
  VALIDATION_ERROR: row(
    422,
    'Validation failed',
    'The request does not have the expected form.',
    '`errors` lists each field with what is wrong and where it was (body, query or path).',
  ),
  RATE_LIMITED: row(
    429,
    'Too many requests',
    'There were too many requests.',
    'Wait for the number of seconds in `Retry-After`, then try again.',
  ),
  QUOTA_EXCEEDED: row(
    429,
    'Quota exceeded',
    'The quota of the plan is used up.',
    'Wait until `quota_reset`, or change to a plan with a higher quota. Storage does not reset: delete knowledge entries or conversations, or upgrade.',
  ),
  TOO_MANY_CONCURRENT: row(
    429,
    'Too many requests at once',
    'As many requests as the plan allows are under way already.',
    'Wait until one of them has its answer.',
  ),
  HEADERS_TOO_LARGE: row(
    431,
    'Request headers too large',
    'The headers of the request are larger than 16 KiB.',
    'Send fewer or shorter headers, and what is long in the body.',
  ),
  INTERNAL_ERROR: row(
    500,
    'Internal error',
    'Something went wrong on our side.',
    'Try again; if it stays, report the `request_id`.',
  ),
  UPSTREAM_ERROR: row(
    502,
    'Upstream error',
    'The model server did not give a usable answer.',
    'Try again later. Your message was kept and can be answered by asking again in the same conversation.',
  ),
  SERVICE_UNAVAILABLE: row(
    503,
    'Service unavailable',
    'The service cannot answer right now.',
    'Try again after the number of seconds in `Retry-After`.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof table;

export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table;
export const errorCodes = Object.keys(table) as ErrorCode[];

/** `RATE_LIMITED` -> `rate-limited`: the last part of a problem's `type` address. */
export const slugOf = (code: ErrorCode): string => code.toLowerCase().replaceAll('_', '-');

function row(status: number, title: string, message: string, help: string): ErrorRow {
  return { status, title, message, help };
}
