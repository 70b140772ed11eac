import { errorTable, type ErrorCode } from './error-table.js';

export interface FieldError {
  field: string;
  message: string;
  location: 'body' | 'query' | 'path' | 'header';
}

/** How a quota stands, for errors that tell of one. */
export interface QuotaState {
  limit: number;
  used: number;
  /** Left out for what does not come back by itself. */
  resetAt?: Date;
}

interface ErrorOptions {
  /** What exactly was wrong, for the caller's eyes; the table's message stands in when it is left out. */
  detail?: string;
  /** Validation errors, one per field. */
  fields?: FieldError[];
  /** Seconds after which a new try makes sense; sent as `Retry-After` too. */
  retryAfterSeconds?: number;
  /** The quota that is used up. */
  quota?: QuotaState;
  /** What led here: for the log, never for the caller. */
  cause?: unknown;
}

/** The one way to refuse a request: a code of the error table, with what makes this case particular. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly fields: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly quota: QuotaState | undefined;

  constructor(
    readonly code: ErrorCode,
    options: ErrorOptions = {},
  ) {
    super(options.detail ?? errorTable[code].message, { cause: options.cause });
    this.status = errorTable[code].status;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.quota = options.quota;
  }
}

export const notFound = (): ApiError => new ApiError('NOT_FOUND');

export const invalidField = (field: string, message: string, location: FieldError['location'] = 'body'): ApiError =>
  new ApiError('VALIDATION_ERROR', { fields: [{ field, message, location }] });
