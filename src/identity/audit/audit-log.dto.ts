import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { Text, TimeBound } from '../../platform/validation/index.js';
import { PageQuery } from '../../platform/paging/index.js';
import { auditActions, type AuditAction } from './audit-actions.js';
import type { AuditEntry } from './audit-entry.entity.js';

const ACTIONS = Object.keys(auditActions);

export class ListAuditLogQuery extends PageQuery {
  /** Only entries of this action. */
  @ApiPropertyOptional({ enum: ACTIONS })
  @IsOptional()
  @IsIn(ACTIONS, { message: 'must be a known audit log action' })
  action?: AuditAction;

  /** Only what this person, key or operator did. */
  @IsOptional()
  @Text(200)
  actor_id?: string;

  /** Only what was done to this. */
  @IsOptional()
  @Text(200)
  target_id?: string;

  /** Only entries made at or after this moment. */
  @TimeBound()
  since?: string;

  /** Only entries made before this moment. */
  @TimeBound()
  until?: string;
}

export class AuditActorDto {
  @ApiProperty({ enum: ['user', 'api_key', 'operator', 'system'] })
  kind: string;
  /** Id of the person or key, name of the operator; null for the server itself. */
  @ApiProperty({ type: String, nullable: true })
  id: string | null;
}

export class AuditTargetDto {
  @ApiProperty({ example: 'api_key' })
  type: string;
  id: string;
}

export class AuditEntryDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'api_key.created' })
  action: string;
  /** What the action means, for people. */
  @ApiPropertyOptional({ example: 'An API key was made' })
  description?: string;
  actor: AuditActorDto;
  target: AuditTargetDto;
  /** What is worth knowing besides; depends on the action. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  details: object;
  /** Where the call came from; null when the server or an operator acted, or the person has been erased. */
  @ApiProperty({ type: String, nullable: true })
  ip: string | null;
  @ApiProperty({ type: String, nullable: true })
  user_agent: string | null;
  @ApiProperty({ type: String, nullable: true })
  request_id: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** Position in the organization's chain, from 1 without a gap. */
  @ApiProperty({ type: 'integer' })
  sequence: number;
  /** Ties the entry to the one before it. Keep it elsewhere to show later that nothing up to here was changed. */
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
