import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { Text, TimeBound } from '../../platform/validation/index.js';
import { PageQuery } from '../../platform/paging/index.js';
import { auditActions, type AuditAction } from './audit-actions.js';
import type { AuditEntry } from './audit-entry.entity.js';

const ACTIONS = Object.keys(auditActions);

export class ListAuditLogQuery extends PageQuery {
  /** Only entries with this action. */
  @ApiPropertyOptional({ enum: ACTIONS })
  @IsOptional()
  @IsIn(ACTIONS, { message: 'must be a known audit log action' })
  action?: AuditAction;

  /** Only actions by this user, key or operator. */
  @IsOptional()
  @Text(200)
  actor_id?: string;

  /** Only actions on this resource. */
  @IsOptional()
  @Text(200)
  target_id?: string;

  /** Only entries created at or after this time. */
  @TimeBound()
  since?: string;

  /** Only entries created before this time. */
  @TimeBound()
  until?: string;
}

export class AuditActorDto {
  @ApiProperty({ enum: ['user', 'api_key', 'oauth_app', 'operator', 'system'] })
  kind: string;
  /** Id of the user, key, authorization or application, or name of the operator. Null for the server itself. */
  @ApiProperty({ type: String, nullable: true, example: '0198f2a0-0000-7000-8000-000000000000' })
  id: string | null;
}

export class AuditTargetDto {
  @ApiProperty({ example: 'api_key' })
  type: string;
  @ApiProperty({ example: '0198f2a0-0000-7000-8000-000000000000' })
  id: string;
}

export class AuditEntryDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'api_key.created' })
  action: string;
  /** What the action means. */
  @ApiPropertyOptional({ example: auditActions['api_key.created'] })
  description?: string;
  actor: AuditActorDto;
  target: AuditTargetDto;
  /** Further facts, depending on the action. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { name: 'Support chat on the website' } })
  details: object;
  /** Address of the caller. Null if the server or an operator acted, or if the user has been deleted. */
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  ip: string | null;
  @ApiProperty({ type: String, nullable: true })
  user_agent: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'req_0198f2a0c2f57d0a8b1f' })
  request_id: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** Position in the chain of the organization. Starts at 1 and has no gaps. */
  @ApiProperty({ type: 'integer', example: 1 })
  sequence: number;
  /** Links the entry to the one before it. Store it elsewhere to prove later that no entry up to here was changed. */
  @ApiProperty({ example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' })
  hash: string;

  static from(entry: AuditEntry): AuditEntryDto {
    const description: string | undefined = auditActions[entry.action as AuditAction];
    return {
      id: entry.id,
      action: entry.action,
      ...(description && { description }),
      actor: { kind: entry.actorKind, id: entry.actorId },
      target: { type: entry.targetType, id: entry.targetId },
      details: entry.details,
      ip: entry.origin?.ip ?? null,
      user_agent: entry.origin?.userAgent ?? null,
      request_id: entry.requestId,
      created_at: entry.createdAt.toISOString(),
      sequence: Number(entry.sequence),
      hash: entry.hash,
    };
  }
}
