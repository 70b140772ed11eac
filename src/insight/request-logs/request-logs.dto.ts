import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsUUID, Matches } from 'class-validator';
import { OneOf, Text, TimeBound } from '../../platform/validation/index.js';
import { credentialKinds } from '../../identity/permissions/index.js';
import { PageQuery } from '../../platform/paging/index.js';
import type { RequestLogEntry } from './request-log-entry.entity.js';
import type { ListedEntry } from './request-logs.repository.js';

export const LOGGED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

export class ListRequestLogsQuery extends PageQuery {
  /** Only requests with this `X-Request-Id`. */
  @IsOptional()
  @Text(128)
  request_id?: string;

  /** Only requests completed at or after this time. */
  @TimeBound()
  since?: string;

  /** Only requests completed before this time. */
  @TimeBound()
  until?: string;

  /** Only responses with this status or class of status, such as `404` or `4xx`. */
  @ApiPropertyOptional({ pattern: '^[1-5](\\d\\d|xx)$', example: '4xx' })
  @IsOptional()
  @Matches(/^[1-5](\d\d|xx)$/, { message: 'must be a status such as 404, or a class such as 4xx' })
  status?: string;

  /** Only requests with this method. */
  @IsOptional()
  @OneOf(LOGGED_METHODS)
  method?: string;

  /** Only requests of this route pattern. */
  @IsOptional()
  @Text(200, { example: '/api/v1/knowledge/:id' })
  route?: string;

  /** Only requests with this API key or session. */
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  credential_id?: string;
}

export class RequestLogDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The `X-Request-Id` of the response. */
  @ApiProperty({ example: 'req_0198f2a0c2f57d0a8b1f' })
  request_id: string;
  @ApiProperty({ example: 'GET' })
  method: string;
  /** Pattern of the route. */
  @ApiProperty({ example: '/api/v1/knowledge/:id' })
  route: string;
  /** Path of the request, without its query. */
  @ApiProperty({ example: '/api/v1/knowledge/0198f2a0-0000-7000-8000-000000000000' })
  path: string;
  /** 499 if the caller disconnected before the response. */
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  @ApiProperty({ type: String, nullable: true, example: 'NOT_FOUND' })
  error_code: string | null;
  /** Time from the request to the end of the response. */
  @ApiProperty({ example: 12.3 })
  duration_ms: number;
  /** Size of the request body, by its `Content-Length`. */
  @ApiProperty({ type: 'integer', example: 0 })
  request_bytes: number;
  /** Size of the response body before compression. */
  @ApiProperty({ type: 'integer', example: 512 })
  response_bytes: number;
  /** Kind of credential. */
  @ApiProperty({ enum: credentialKinds, example: 'api_key' })
  principal_kind: string;
  /** Id of the API key or session. */
  @ApiProperty({ format: 'uuid' })
  credential_id: string;
  /** Id of the user. Null for programs and deleted users. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  user_id: string | null;
  /** Address of the caller. Null for deleted users. */
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  ip: string | null;
  @ApiProperty({ type: String, nullable: true })
  user_agent: string | null;
  /** API version of the response. */
  @ApiProperty({ type: String, nullable: true, example: '2026-11-22' })
  api_version: string | null;
  /** When the request completed. */
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
  /** Up to 4 KiB of the request body. Null unless `log_bodies` of the organization is true. Values of fields with names of secrets are removed. */
  @ApiProperty({ type: String, nullable: true })
  request_body: string | null;
  /** Up to 4 KiB of the response body, under the same rules. */
  @ApiProperty({ type: String, nullable: true })
  response_body: string | null;

  static override from(entry: RequestLogEntry): RequestLogWithBodiesDto {
    return { ...RequestLogDto.from(entry), request_body: entry.requestBody, response_body: entry.responseBody };
  }
}
