/** One row per error code of the API. */
export interface ErrorRow {
  status: number;
  title: string;
  /** What happened and what to do, if the error has no detail of its own. */
  message: string;
  /** When the API returns this code. */
  cause: string;
  /** What a caller can do about it. */
  remedy: string;
}

const table = {
  BAD_REQUEST: row(400, 'Bad request', {
    message: 'The request is malformed.',
    cause:
      'The request is not valid HTTP, its path is not correctly percent-encoded, its body is not valid JSON in UTF-8, or a header has a value that is not allowed.',
    remedy: 'Read `detail`. For a body, it names the line and column, what was found there and what was expected.',
  }),
  INVALID_CURSOR: row(400, 'Invalid cursor', {
    message: 'The `cursor` is not valid for this list. Pass `next_cursor` of the previous page unchanged.',
    cause: 'The `cursor` was changed, was cut off, or belongs to another list.',
    remedy: 'Pass `next_cursor` of the previous page unchanged, or omit `cursor` to start at the newest item.',
  }),
  UNAUTHORIZED: row(401, 'Authentication required', {
    message: 'A valid API key or access token is required. Send `Authorization: Bearer <token>`.',
    cause: 'The request has no `Authorization` header, or its API key or access token is not valid.',
    remedy: 'Send `Authorization: Bearer <API key or access token>`, with the token complete and unchanged.',
  }),
  INVALID_CREDENTIALS: row(401, 'Invalid credentials', {
    message: 'The email address or password is wrong.',
    cause: 'No account has this combination of email address and password.',
    remedy:
      'Check both, or reset the password at `POST /auth/forgot-password`. For security, the error does not say which one is wrong.',
  }),
  TOKEN_EXPIRED: row(401, 'Token expired', {
    message: 'The access token or API key has expired.',
    cause: 'The access token is older than its `expires_in`, or the API key is past its `expires_at`.',
    remedy: 'Refresh the session at `POST /auth/refresh`, sign in again, or create a new API key.',
  }),
  TOKEN_REVOKED: row(401, 'Token revoked', {
    message: 'The access token or API key has been revoked. Sign in again or create a new API key.',
    cause:
      'The session has ended, the API key was revoked or replaced, or its account or organization can no longer use it.',
    remedy: 'Sign in again or create a new API key.',
  }),
  UPGRADE_REQUIRED: row(402, 'Upgrade required', {
    message: "The organization's plan does not include this feature. Upgrade to a higher plan.",
    cause: "The organization's plan does not include this operation.",
    remedy: 'Upgrade to the plan that `detail` names.',
  }),
  FORBIDDEN: row(403, 'Forbidden', {
    message: 'This credential is not allowed to perform the operation.',
    cause: 'The operation needs another kind of credential, a higher role, or a more recent sign-in.',
    remedy: 'Read `detail`: it names what is needed. Retry with a credential that has it.',
  }),
  INSUFFICIENT_SCOPE: row(403, 'Insufficient scope', {
    message: 'This credential lacks a scope that the operation requires.',
    cause:
      'The API key or session lacks at least one required scope. `error.details` lists the `required` and the `granted` scopes. A `:write` scope does not include `:read`.',
    remedy: 'Use an API key that has every scope in `required`, or add the missing scopes to the key.',
  }),
  NOT_FOUND: row(404, 'Not found', {
    message: 'Resource not found.',
    cause: 'No route has this path, or no resource has this id. The resources of other tenants return the same error.',
    remedy:
      'Check the path and the id. `error.details` names the `field`, its `value` and its `location`. Check that the credential belongs to the right organization and environment.',
  }),
  METHOD_NOT_ALLOWED: row(405, 'Method not allowed', {
    message: 'This path does not support the HTTP method.',
    cause: 'The path exists, but not with this HTTP method.',
    remedy: 'Use one of the methods in the `Allow` header, which `error.details.allowed` repeats.',
  }),
  REQUEST_TIMEOUT: row(408, 'Request timeout', {
    message: 'The request did not arrive in time. Send its headers within 15 seconds and all of it within 2 minutes.',
    cause: 'The headers took longer than 15 seconds to arrive, or the whole request longer than 2 minutes.',
    remedy: 'Send the request again over a faster connection, or send a smaller body.',
  }),
  CONFLICT: row(409, 'Conflict', {
    message: 'The request conflicts with the current state of the resource.',
    cause: 'The resource is in a state that does not allow this change, or another resource has the same unique value.',
    remedy: 'Read `detail`, fetch the resource again, and adjust the request.',
  }),
  IDEMPOTENCY_KEY_REUSED: row(409, 'Idempotency key reused', {
    message: 'This `Idempotency-Key` was already used for a different request. Use a new key.',
    cause: 'Another request with a different method, path or body was sent with the same `Idempotency-Key`.',
    remedy: 'Use a new `Idempotency-Key` for each operation. Reuse a key only to repeat the same request unchanged.',
  }),
  IDEMPOTENCY_IN_PROGRESS: row(409, 'Idempotent request in progress', {
    message: 'The first request with this `Idempotency-Key` is still running. Retry to get its response.',
    cause: 'The same request with the same `Idempotency-Key` is still running.',
    remedy: 'Retry after the number of seconds in `Retry-After` to get the response of the first request.',
  }),
  TASK_NOT_FINISHED: row(409, 'Task not finished', {
    message: 'The task has not finished yet. Request its results when its status is `completed`.',
    cause: 'The results of a background task were requested before its end.',
    remedy: 'Follow the task at `GET /api/v1/tasks/{id}/events`, or poll its status.',
  }),
  GONE: row(410, 'Gone', {
    message: 'The resource is no longer available.',
    cause: 'The link or invitation was used, was revoked or has expired, or the API version or route has been removed.',
    remedy:
      'Request a new link or invitation. For a removed version or route, follow the migration guide that `detail` names.',
  }),
  PAYLOAD_TOO_LARGE: row(413, 'Payload too large', {
    message: 'The request body is larger than 1 MiB. Send a smaller body.',
    cause: 'The request body is larger than 1 MiB, or it arrived in too many chunks.',
    remedy: 'Send less in one request. For example, split a long text into several knowledge entries.',
  }),
  UNSUPPORTED_MEDIA_TYPE: row(415, 'Unsupported media type', {
    message: 'The request body must be JSON in UTF-8. Send `Content-Type: application/json`.',
    cause:
      'The `Content-Type` is missing or is not `application/json`, its charset is not UTF-8, or the body is compressed.',
    remedy: 'Send uncompressed JSON in UTF-8 with `Content-Type: application/json`, without `Content-Encoding`.',
  }),
  EXPECTATION_FAILED: row(417, 'Expectation failed', {
    message: 'The `Expect` header must be `100-continue`. Change it or omit it.',
    cause: 'The request has an `Expect` header with a value other than `100-continue`.',
    remedy: 'Send `Expect: 100-continue`, or omit the header.',
  }),
  VALIDATION_ERROR: row(422, 'Validation failed', {
    message: 'One or more fields are not valid. `errors` lists each of them.',
    cause: 'A required field is missing, a field is unknown, or a value has the wrong type, format or range.',
    remedy:
      '`errors` names each invalid field, what is wrong with it, and its location: body, query, path or header. Correct them and retry.',
  }),
  RATE_LIMITED: row(429, 'Too many requests', {
    message: 'The rate limit is exceeded. Try again later.',
    cause: 'The organization, the API key or the IP address sent more requests than its rate limit allows.',
    remedy:
      'Wait for the number of seconds in `Retry-After`, then retry. `RateLimit` and `X-RateLimit-Remaining` show how much is left.',
  }),
  QUOTA_EXCEEDED: row(429, 'Quota exceeded', {
    message: "The plan's quota is used up.",
    cause:
      'The organization has used all that its plan includes for the period: requests, messages, tokens or storage.',
    remedy:
      'Wait until `quota_reset`, or upgrade to a plan with a higher quota. Storage does not reset: delete knowledge entries or conversations, or upgrade.',
  }),
  TOO_MANY_CONCURRENT: row(429, 'Too many concurrent requests', {
    message: 'The plan allows no more concurrent requests. Wait for one to finish, then try again.',
    cause: 'The organization already has as many concurrent requests as its plan allows.',
    remedy: 'Wait for a request to finish, then retry. Send fewer requests at the same time, or upgrade.',
  }),
  HEADERS_TOO_LARGE: row(431, 'Request headers too large', {
    message: 'The request headers are larger than 16 KiB. Send fewer or shorter headers.',
    cause: 'The request line and the headers together are larger than 16 KiB.',
    remedy: 'Send fewer or shorter headers and cookies, and move long query values into the body.',
  }),
  INTERNAL_ERROR: row(500, 'Internal error', {
    message: 'The server failed unexpectedly. Try again; if the error persists, report the `request_id`.',
    cause: 'The server met a condition that it does not handle. The request itself may be correct.',
    remedy: 'Retry. If the error persists, report the `request_id` to the operator of the server.',
  }),
  UPSTREAM_ERROR: row(502, 'Upstream error', {
    message: 'The model server did not return a usable response. Try again later.',
    cause: 'The model server cannot be reached, failed, or returned an incomplete response.',
    remedy: 'Retry later. Your message is stored: to get a response, send it again in the same conversation.',
  }),
  SERVICE_UNAVAILABLE: row(503, 'Service unavailable', {
    message: 'The service is temporarily unavailable. Try again later.',
    cause: 'The server is overloaded, is restarting, or cannot reach its database.',
    remedy: 'Retry after the number of seconds in `Retry-After`.',
  }),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof table;

export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table;
export const errorCodes = Object.keys(table) as ErrorCode[];

/** `RATE_LIMITED` -> `rate-limited`: the last part of a problem's `type` address. */
export const slugOf = (code: ErrorCode): string => code.toLowerCase().replaceAll('_', '-');

function row(status: number, title: string, texts: Omit<ErrorRow, 'status' | 'title'>): ErrorRow {
  return { status, title, ...texts };
}
