import { ApiError } from '../errors/index.js';
import { ThreadStopped } from '../threads/index.js';
import { ModelServerError } from './model-server-error.js';
import { ModelSilent } from './watchdog.js';

/** The model server has failed so often that it is not called for a while. */
export class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';

  constructor(readonly waitMs: number) {
    super('the model server failed several times in a row and is not asked now');
  }
}

/** Whether the model did nothing: its server responded with an error, or no thread was available. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError || (error instanceof ModelServerError && error.status !== undefined);

/** Whether the connection failed or broke. */
export function isConnectionError(error: unknown): boolean {
  // By name, because undici's classes may be those of another realm.
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: { code?: unknown } };
  return name === 'TypeError' && typeof cause?.code === 'string' && /^(E[A-Z]|UND_ERR_)/.test(cause.code);
}

/** Whether the server itself fails, not only this request. False for a server that says when to retry. */
export function isServerFailure(error: unknown): boolean {
  if (error instanceof ModelServerError) return (error.status ?? 0) >= 500 && error.retryAfterSeconds === undefined;
  return isConnectionError(error) || error instanceof ModelSilent;
}

/**
 * The error for the caller.
 * @param loggable the error as the log may show it
 */
export function toApiError(error: unknown, loggable: Error): ApiError {
  if (error instanceof ApiError) return error;
  const code = error instanceof ThreadStopped ? 'SERVICE_UNAVAILABLE' : 'UPSTREAM_ERROR';
  const retryAfterSeconds = waitOf(error);
  return new ApiError(code, { cause: loggable, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

function waitOf(error: unknown): number | undefined {
  if (error instanceof CircuitOpen) return Math.ceil(error.waitMs / 1_000);
  return error instanceof ModelServerError ? error.retryAfterSeconds : undefined;
}
