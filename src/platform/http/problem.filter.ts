import { Catch, HttpException, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Config } from '../config/index.js';
import { isDatabaseUnreachable, isDeadlock } from '../database/index.js';
import { ApiError, errorCodes, errorTable, toProblem } from '../errors/index.js';
import { Logger } from '../telemetry/index.js';
import { RESOURCE_METADATA_PATH } from './methods.js';
import { located } from './missing-resource.js';
import { presentFields } from './presentation.js';
import { setErrorCode } from './error-code.js';
import { ReplayedAnswer } from './replayed-answer.js';
import { requestIdOf } from './request-context.js';

/** Writes every error as a problem document. Unknown errors become 500, and only the log shows their cause. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  /** Where clients find out who issues tokens (RFC 9728, 5.1). */
  private readonly resourceMetadata: string;

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
  ) {
    this.resourceMetadata = config.publicUrl.replace(/\/$/, '') + RESOURCE_METADATA_PATH;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    // Work that stopped because the client disconnected is not an error, and no response can be sent.
    if (response.destroyed && (thrown as Error | null)?.name === 'AbortError') return;
    if (thrown instanceof ReplayedAnswer) return replay(thrown, response);
    const error = toApiError(thrown);
    if (error.status >= 500) this.logger.error({ err: error.cause ?? error }, error.message);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.status === 401)
      response.setHeader(
        'WWW-Authenticate',
        `${challengeFor(error, http.getRequest<Request>())}, resource_metadata="${this.resourceMetadata}"`,
      );
    if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', error.retryAfterSeconds);
    response
      .status(error.status)
      .type('application/problem+json')
      .send(JSON.stringify(this.problem(error, http.getRequest<Request>(), response)));
  }

  /** The same document for an error within an event stream. */
  problem(thrown: ApiError, request: Request, response: Response): ReturnType<typeof toProblem> {
    const error = located(thrown, request, response);
    setErrorCode(response, error.code);
    const path = request.originalUrl.split('?', 1)[0] ?? '/';
    const fields = error.fields && presentFields(response, error.fields);
    return toProblem(error, { publicUrl: this.config.publicUrl, path, requestId: requestIdOf(response) }, fields);
  }
}

function replay({ status, headers, body }: ReplayedAnswer, response: Response): void {
  response.status(status).set(headers).setHeader('Idempotency-Replayed', 'true');
  response.end(body);
}

const BAD_PATH = 'The path is not correctly percent-encoded. Encode it as UTF-8, and `%` as `%25`.';

/** The error of the table for a thrown value. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (isDatabaseUnreachable(thrown)) {
    return new ApiError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 5, cause: thrown });
  }
  if (isDeadlock(thrown)) return new ApiError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 1, cause: thrown });
  if (isBadPath(thrown)) return new ApiError('BAD_REQUEST', { detail: BAD_PATH, cause: thrown });
  const status = statusOf(thrown);
  const code = errorCodes.find((candidate) => errorTable[candidate].status === status);
  if (code && status < 500) return new ApiError(code, { cause: thrown });
  if (status >= 400 && status < 500) return new ApiError('BAD_REQUEST', { cause: thrown });
  return new ApiError('INTERNAL_ERROR', { cause: thrown });
}

/** The router's error, itself or wrapped by Nest. */
const isBadPath = (thrown: unknown): boolean =>
  thrown instanceof URIError || (thrown instanceof HttpException && /^Failed to decode param/.test(thrown.message));

/** Errors of the framework and the body parser contain an HTTP status. */
function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const status = (thrown as { status?: unknown } | null | undefined)?.status;
  return typeof status === 'number' ? status : 500;
}

/**
 * RFC 6750, 3: no error code if no credential was sent. Nor for a wrong password: a client that takes it for an invalid
 * token would sign out a user who mistyped.
 */
function challengeFor({ code }: ApiError, { headers }: Request): string {
  const isOfToken =
    code !== 'INVALID_CREDENTIALS' && (code !== 'UNAUTHORIZED' || /^(bearer|dpop) /i.test(headers.authorization ?? ''));
  return `Bearer realm="parlance"${isOfToken ? ', error="invalid_token"' : ''}`;
}
