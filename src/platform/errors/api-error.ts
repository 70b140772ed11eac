import { errorTable, type ErrorCode } from './error-table.js';

/** Valid ids are shorter. */
const MAX_ID = 64;

export interface FieldError {
  field: string;
  message: string;
  location: 'body' | 'query' | 'path' | 'header';
}

/** The state of a quota, for errors about one. */
export interface QuotaState {
  limit: number;
  used: number;
  /** Omitted if the quota does not reset. */
  resetAt?: Date;
}

export interface MissingResource {
  /** Display name, such as `Conversation`. */
  resource: string;
  /** As the caller sent it. */
  id: string;
}

interface ErrorOptions {
  /** What happened and what to do, for the caller; by default the table's message. */
  detail?: string;
  /** Details for programs: `error.details` of the problem. */
  details?: Record<string, unknown>;
  /** The resource that was not found. The error filter adds where the request contains its id. */
  missing?: MissingResource;
  /** Validation errors, one per field. */
  fields?: FieldError[];
  /** Seconds after which a retry can succeed; also sent as `Retry-After`. */
  retryAfterSeconds?: number;
  /** The quota that is used up. */
  quota?: QuotaState;
  /** The underlying error: for the log, never for the caller. */
  cause?: unknown;
}

/** The only way to refuse a request: a code of the error table, with the particulars of this case. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly details: Record<string, unknown> | undefined;
  readonly missing: MissingResource | undefined;
  readonly fields: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly quota: QuotaState | undefined;

  constructor(
    readonly code: ErrorCode,
    options: ErrorOptions = {},
  ) {
    super(options.detail ?? errorTable[code].message, { cause: options.cause });
    this.status = errorTable[code].status;
    this.details = options.details;
    this.missing = options.missing;
    this.fields = options.fields;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.quota = options.quota;
  }
}

/** Messages that do not depend on the rules of a field. */
export const fieldMessages = {
  required: 'is required',
  null: 'must not be null',
  unknown: 'is not a known field',
} as const;

/** `30` -> `30 seconds`. */
export const inSeconds = (seconds: number): string => (seconds === 1 ? '1 second' : `${seconds} seconds`);

/** The same error for an unknown resource and one of another organization. */
export const notFound = (resource: string, id: string): ApiError =>
  new ApiError('NOT_FOUND', { detail: `${resource} ${brief(id)} not found.`, missing: { resource, id } });

/** An id as errors repeat it, of a bounded length. */
export const brief = (id: string): string => (id.length > MAX_ID ? `${id.slice(0, MAX_ID).toWellFormed()}…` : id);

export const invalidField = (field: string, message: string, location: FieldError['location'] = 'body'): ApiError =>
  new ApiError('VALIDATION_ERROR', { fields: [{ field, message, location }] });
