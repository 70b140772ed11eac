import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Principal } from '../../identity/permissions/index.js';

/** One call of an authenticated caller, and its response. */
@Entity('request_logs')
@Index('request_logs_request', ['organizationId', 'requestId', 'createdAt', 'id'])
@Index('request_logs_status', ['organizationId', 'status', 'createdAt', 'id'])
@Index('request_logs_method', ['organizationId', 'method', 'createdAt', 'id'])
@Index('request_logs_route', ['organizationId', 'route', 'createdAt', 'id'])
@Index('request_logs_credential', ['organizationId', 'credentialId', 'createdAt', 'id'])
@Index('request_logs_user', ['userId'], { where: 'user_id IS NOT NULL' })
export class RequestLogEntry {
  @PrimaryColumn('uuid', { name: 'organization_id', primaryKeyConstraintName: 'request_logs_pkey' })
  organizationId: string;

  /** Time of the response; the id contains the same time. */
  @PrimaryColumn('timestamptz', { name: 'created_at', precision: 3, primaryKeyConstraintName: 'request_logs_pkey' })
  createdAt: Date;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'request_logs_pkey' })
  id: string;

  @Column('text', { name: 'request_id' })
  requestId: string;

  @Column('text')
  method: string;

  /** The pattern of the route. */
  @Column('text')
  route: string;

  /** The path without the query. */
  @Column('text')
  path: string;

  @Column('integer')
  status: number;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode: string | null;

  @Column('double precision', { name: 'duration_ms' })
  durationMs: number;

  @Column('integer', { name: 'request_bytes' })
  requestBytes: number;

  @Column('bigint', { name: 'response_bytes' })
  responseBytes: string;

  @Column('text', { name: 'principal_kind' })
  principalKind: Principal['kind'];

  @Column('uuid', { name: 'credential_id' })
  credentialId: string;

  @Column('uuid', { name: 'user_id', nullable: true })
  userId: string | null;

  @Column('text', { nullable: true })
  ip: string | null;

  @Column('text', { name: 'user_agent', nullable: true })
  userAgent: string | null;

  @Column('text', { name: 'api_version', nullable: true })
  apiVersion: string | null;

  @Column('text', { name: 'request_body', nullable: true })
  requestBody: string | null;

  @Column('text', { name: 'response_body', nullable: true })
  responseBody: string | null;
}
