import type { ApiError } from '../../platform/errors/index.js';
import { toApiError } from '../../platform/http/index.js';

/** Characters that `error_description` must not have (RFC 6749, 5.2). */
const FORBIDDEN = /[^\x20\x21\x23-\x5B\x5D-\x7E]/g;

interface OAuthError {
  status: number;
  body: { error: string; error_description: string };
  retryAfterSeconds: number | undefined;
  /** For the log; undefined if the caller caused the error. */
  cause: unknown;
}

/** The error of RFC 6749 for a thrown value. */
export function errorOf(thrown: unknown): OAuthError {
  const error = toApiError(thrown);
  const { retryAfterSeconds, message } = error;
  const { status, code } = codeOf(error);
  return {
    status,
    body: { error: code, error_description: message.replace(FORBIDDEN, ' ') },
    retryAfterSeconds,
    cause: status >= 500 ? (error.cause ?? error) : undefined,
  };
}

function codeOf({ status }: ApiError): { status: number; code: string } {
  if (status === 429 || status === 503) return { status, code: 'temporarily_unavailable' };
  if (status >= 500) return { status: 500, code: 'server_error' };
  return { status: 400, code: 'invalid_request' };
}

/** Whether it says that the client disconnected: nobody waits for a response, and nothing failed. */
export const isAbort = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === 'AbortError';
