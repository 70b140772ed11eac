import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsUUID, Matches } from 'class-validator';
import { OneOf, Text, TimeBound } from '../../platform/validation/index.js';
import { PageQuery } from '../../platform/paging/index.js';
import type { RequestLogEntry } from './request-log-entry.entity.js';
import type { ListedEntry } from './request-logs.repository.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const KINDS = ['session', 'api_key', 'oauth_app', 'internal'];

export class ListRequestLogsQuery extends PageQuery {
  /** Only calls under this id, as `X-Request-Id` told it. */
  @IsOptional()
  @Text(128)
  request_id?: string;

  /** Only calls that were answered at or after this moment. */
  @TimeBound()
  since?: string;

  /** Only calls that were answered before this moment. */
  @TimeBound()
  until?: string;

  /** Only answers of this status, or of this kind: `404`, `4xx`. */
  @ApiPropertyOptional({ pattern: '^[1-5](\\d\\d|xx)$', example: '4xx' })
  @IsOptional()
  @Matches(/^[1-5](\d\d|xx)$/, { message: 'must be a status such as 404, or a class such as 4xx' })
  status?: string;

  /** Only calls with this method. */
  @IsOptional()
  @OneOf(METHODS)
  method?: string;

  /** Only calls of this route, by its pattern. */
  @IsOptional()
  @Text(200, { example: '/api/v1/knowledge/:id' })
  route?: string;

  /** Only calls with this API key, or in this session. */
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  credential_id?: string;
}

export class RequestLogDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** As `X-Request-Id` told it to the caller. */
  @ApiProperty({ example: 'req_0198f2a0c2f57d0a8b1f' })
  request_id: string;
  @ApiProperty({ example: 'GET' })
  method: string;
  /** The pattern of the address. */
  @ApiProperty({ example: '/api/v1/knowledge/:id' })
  route: string;
  /** The address without its query. */
  @ApiProperty({ example: '/api/v1/knowledge/0198f2a0-0000-7000-8000-000000000000' })
  path: string;
  /** 499 when the caller went away before there was an answer. */
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  @ApiProperty({ type: String, nullable: true, example: 'NOT_FOUND' })
  error_code: string | null;
  /** From the request to the end of the answer. */
  @ApiProperty({ example: 12.3 })
  duration_ms: number;
  /** Size of the request's body, as its `Content-Length` tells. */
  @ApiProperty({ type: 'integer' })
  request_bytes: number;
  /** Size of the answer's body before it was compressed. */
  @ApiProperty({ type: 'integer' })
  response_bytes: number;
  @ApiProperty({ enum: KINDS })
  principal_kind: string;
  /** The API key or session. */
  @ApiProperty({ format: 'uuid' })
  credential_id: string;
  /** The person; null for programs, and when the person has been erased. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  user_id: string | null;
  /** Null when the person has been erased. */
  @ApiProperty({ type: String, nullable: true })
  ip: string | null;
  @ApiProperty({ type: String, nullable: true })
  user_agent: string | null;
  /** The version of the API that answered. */
  @ApiProperty({ type: String, nullable: true })
  api_version: string | null;
  /** When it was answered. */
  @ApiProperty({ format: 'date-time' })
  created_at: string;

  static from(entry: ListedEntry): RequestLogDto {
    return {
      id: entry.id,
      request_id: entry.requestId,
      method: entry.method,
      route: entry.route,
      path: entry.path,
      status: entry.status,
      error_code: entry.errorCode,
      duration_ms: entry.durationMs,
      request_bytes: entry.requestBytes,
      response_bytes: Number(entry.responseBytes),
      principal_kind: entry.principalKind,
      credential_id: entry.credentialId,
      user_id: entry.userId,
      ip: entry.ip,
      user_agent: entry.userAgent,
      api_version: entry.apiVersion,
      created_at: entry.createdAt.toISOString(),
    };
  }
}

export class RequestLogWithBodiesDto extends RequestLogDto {
  /** Up to 4 KiB of what was sent; null unless the organization has `log_bodies` set. Values of fields named like secrets are blanked. */
  @ApiProperty({ type: String, nullable: true })
  request_body: string | null;
  /** Up to 4 KiB of what was answered, likewise. */
  @ApiProperty({ type: String, nullable: true })
  response_body: string | null;

  static override from(entry: RequestLogEntry): RequestLogWithBodiesDto {
    return { ...RequestLogDto.from(entry), request_body: entry.requestBody, response_body: entry.responseBody };
  }
}
