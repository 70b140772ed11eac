import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { brief, type ApiError, type FieldError } from './api-error.js';
import { errorCodes, errorTable, slugOf } from './error-table.js';

class ProblemField {
  field: string;
  message: string;
  @ApiProperty({ enum: ['body', 'query', 'path', 'header'] })
  location: string;
}

class ErrorEnvelope {
  @ApiProperty({ enum: errorCodes, example: 'NOT_FOUND' })
  code: string;
  @ApiProperty({ example: errorTable.NOT_FOUND.message })
  message: string;
  /**
   * By code: `fields` (VALIDATION_ERROR), `field`, `value` and `location` of the unknown id (NOT_FOUND), `required` and `granted`
   * scopes (INSUFFICIENT_SCOPE), `allowed` methods (METHOD_NOT_ALLOWED), `line`, `column`, `found` and `expected` of a malformed
   * body (BAD_REQUEST), `quota_limit`, `quota_used` and `quota_reset` (QUOTA_EXCEEDED). Otherwise empty.
   */
  @ApiProperty({ type: 'object', additionalProperties: true })
  details: Record<string, unknown>;
  @ApiProperty({ example: 'req_0198f2a0c2f57d0a8b1f' })
  request_id: string;
}

/** The body of every error: RFC 9457 problem details and the `error` envelope in one. */
export class Problem {
  /** Address that explains this code. */
  @ApiProperty({ example: 'https://api.example.com/errors/not-found' })
  type: string;
  @ApiProperty({ example: errorTable.NOT_FOUND.title })
  title: string;
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  @ApiProperty({ example: 'Knowledge entry 0198f2a0-0000-7000-8000-000000000000 not found.' })
  detail: string;
  /** Path of the request that failed. */
  @ApiProperty({ example: '/api/v1/knowledge/0198f2a0-0000-7000-8000-000000000000' })
  instance: string;
  @ApiProperty({ enum: errorCodes, example: 'NOT_FOUND' })
  code: string;
  @ApiProperty({ example: 'req_0198f2a0c2f57d0a8b1f' })
  request_id: string;
  /** Seconds to wait before you try again. */
  @ApiPropertyOptional({ type: 'integer' })
  retry_after?: number;
  /** Limit of the plan (`QUOTA_EXCEEDED` only). */
  @ApiPropertyOptional({ type: 'integer' })
  quota_limit?: number;
  /** Used amount (`QUOTA_EXCEEDED` only). */
  @ApiPropertyOptional({ type: 'integer' })
  quota_used?: number;
  /** When the quota resets. Omitted for storage, which is freed only when you delete something. */
  @ApiPropertyOptional({ format: 'date-time' })
  quota_reset?: string;
  /** One entry per invalid field (`VALIDATION_ERROR` only). */
  @ApiPropertyOptional({ type: [ProblemField] })
  errors?: FieldError[];
  error: ErrorEnvelope;
}

/**
 * What an error looks like on the wire.
 * @param fields its wrong fields, under the names that they have for this caller
 */
export function toProblem(
  error: ApiError,
  place: { publicUrl: string; path: string; requestId: string },
  fields = error.fields,
): Problem {
  const retryAfter = error.retryAfterSeconds;
  const quota = error.quota && {
    quota_limit: error.quota.limit,
    quota_used: error.quota.used,
    ...(error.quota.resetAt && { quota_reset: error.quota.resetAt.toISOString() }),
  };
  const details = fields
    ? { fields: fields.map(({ field, message }) => ({ field, error: message })) }
    : { ...error.details, ...quota };
  const detail = fields ? summaryOf(fields) : error.message;
  return {
    type: `${place.publicUrl}/errors/${slugOf(error.code)}`,
    title: errorTable[error.code].title,
    status: error.status,
    detail,
    instance: place.path,
    code: error.code,
    request_id: place.requestId,
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
    ...quota,
    ...(fields && { errors: fields }),
    error: { code: error.code, message: detail, details, request_id: place.requestId },
  };
}

/** Names the invalid fields. For a single one it also says what is wrong. A field without a name is the whole body. */
function summaryOf(fields: FieldError[]): string {
  const names = fields.map(({ field }) => (field === '' ? 'The request body' : `\`${brief(field)}\``));
  if (fields.length === 1) return `${names[0]} ${fields[0]?.message}.`;
  return `${fields.length} fields are not valid: ${names.join(', ')}. \`errors\` says what is wrong with each.`;
}
