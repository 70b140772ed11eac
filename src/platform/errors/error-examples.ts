import { ApiError, invalidField, notFound } from './api-error.js';
import type { ErrorCode } from './error-table.js';
import { toProblem, type Problem } from './problem.dto.js';

const ID = '0198f2a0-0000-7000-8000-000000000000';

interface Example {
  /** Path of the failing request; /api/v1/chat if omitted. */
  path?: string;
  error?: ConstructorParameters<typeof ApiError>[1];
}

const missing = { detail: notFound('Conversation', ID).message, details: { field: 'id', value: ID, location: 'path' } };

const EXAMPLES: { [Code in ErrorCode]?: Example } = {
  BAD_REQUEST: {
    error: {
      detail: 'Invalid JSON at line 1, column 24: found `}`, expected a value.',
      details: { line: 1, column: 24, found: '`}`', expected: 'a value' },
    },
  },
  INVALID_CURSOR: { path: '/api/v1/conversations' },
  INVALID_CREDENTIALS: { path: '/auth/login' },
  UPGRADE_REQUIRED: {
    path: '/auth/register',
    error: { detail: 'The plan "pro" requires payment. Register with the plan "free", then upgrade.' },
  },
  FORBIDDEN: {
    path: '/api/v1/organizations/me/invitations',
    error: { detail: 'This operation requires the role admin in the organization.' },
  },
  INSUFFICIENT_SCOPE: {
    error: {
      detail: 'This operation requires the scope conversations:write.',
      details: { required: ['conversations:write'], granted: ['conversations:read', 'knowledge:read'] },
    },
  },
  NOT_FOUND: { path: `/api/v1/conversations/${ID}`, error: missing },
  METHOD_NOT_ALLOWED: {
    error: { detail: 'PUT is not allowed. Use POST or OPTIONS.', details: { allowed: ['POST', 'OPTIONS'] } },
  },
  CONFLICT: {
    path: '/auth/register',
    error: { detail: 'An account with this email address already exists. Sign in, or set a new password by mail.' },
  },
  IDEMPOTENCY_IN_PROGRESS: { error: { retryAfterSeconds: 1 } },
  GONE: {
    path: '/auth/reset-password',
    error: { detail: 'This link was already used or has expired. Request a new one.' },
  },
  PAYLOAD_TOO_LARGE: { path: '/api/v1/knowledge' },
  VALIDATION_ERROR: {
    path: '/api/v1/conversations',
    error: { fields: invalidField('limit', 'must be an integer from 1 to 100', 'query').fields ?? [] },
  },
  RATE_LIMITED: { error: { retryAfterSeconds: 30, detail: 'Rate limit exceeded. Try again in 30 seconds.' } },
  QUOTA_EXCEEDED: {
    error: { retryAfterSeconds: 752_663, quota: { limit: 1000, used: 1000, resetAt: new Date('2030-02-01') } },
  },
  TOO_MANY_CONCURRENT: { error: { retryAfterSeconds: 1 } },
  SERVICE_UNAVAILABLE: { error: { retryAfterSeconds: 5 } },
};

/** An example of a response with this code. */
export function exampleOf(code: ErrorCode, publicUrl: string): Problem {
  const { path = '/api/v1/chat', error = {} } = EXAMPLES[code] ?? {};
  return toProblem(new ApiError(code, error), { publicUrl, path, requestId: 'req_01a200a0ce7a7168a703' });
}
