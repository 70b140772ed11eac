import { ApiProperty, PartialType, PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  ValidateBy,
} from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { Integer, IsTimestamp, MayBeOmitted, OneOf, Prose, QueryFlag } from '../../platform/validation/index.js';
import { allScopes, type EnvironmentName, type Scope } from '../permissions/index.js';
import { canonicalBlock } from './allowed-ips.js';
import type { ApiKey } from './api-key.entity.js';

const MAX_RATE_LIMIT = 1_000_000;
const MAX_ALLOWED_IPS = 50;
const MAX_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
const SHOWN_OF_AN_ENTRY = 50;

const MAX_ENTRY_CHARACTERS = 64;

const isAddressOrBlock = (entry: unknown): boolean =>
  typeof entry === 'string' && entry.length <= MAX_ENTRY_CHARACTERS && canonicalBlock(entry) !== undefined;

/** The first of the entries that count: more than are allowed are refused unread. */
const wrongOne = (entries: unknown[]): unknown =>
  entries.slice(0, MAX_ALLOWED_IPS).find((entry) => !isAddressOrBlock(entry));

/** Requires addresses and CIDR blocks, and names the first entry that is neither. */
const AreAddressesOrBlocks = (): PropertyDecorator =>
  ValidateBy({
    name: 'areAddressesOrBlocks',
    validator: {
      validate: (entries: unknown) => Array.isArray(entries) && wrongOne(entries) === undefined,
      defaultMessage: (validation) => {
        const entries: unknown = validation?.value;
        const wrong: unknown = Array.isArray(entries) ? wrongOne(entries) : entries;
        const shown = JSON.stringify(wrong).slice(0, SHOWN_OF_AN_ENTRY);
        return `must hold IPv4 and IPv6 addresses and CIDR blocks, which ${shown} is not`;
      },
    },
  });

export class CreateApiKeyDto {
  /** What the key is for. */
  @Prose(100, { example: 'Support chat on the web site' })
  name: string;

  /** A `test` key acts in the sandbox of the organization, apart from live data. That of the caller if left out: `live` for people. */
  @MayBeOmitted()
  @OneOf(['live', 'test'], { required: false })
  environment?: EnvironmentName;

  /** What the key may do: never more than its maker. */
  @ApiProperty({
    enum: allScopes,
    isArray: true,

    example: ['conversations:write', 'knowledge:read'],
  })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(allScopes.length)
  @ArrayUnique()
  @IsIn(allScopes, { each: true })
  scopes: Scope[];

  /** Requests per minute, if fewer than the plan allows; null for those of the plan. */
  @IsOptional()
  @Integer(1, MAX_RATE_LIMIT, { required: false, nullable: true, example: 30 })
  rate_limit?: number | null;

  /** Addresses and CIDR blocks, IPv4 and IPv6, from which alone the key may be used; anywhere when null. */
  @ApiProperty({
    required: false,
    type: [String],
    minItems: 1,
    maxItems: MAX_ALLOWED_IPS,
    nullable: true,
    example: ['203.0.113.7', '2001:db8::/32'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ALLOWED_IPS)
  @AreAddressesOrBlocks()
  allowed_ips?: string[] | null;

  /** When the key stops to work; never when null. */
  @ApiProperty({ required: false, type: String, format: 'date-time', nullable: true, example: '2030-01-01T00:00:00Z' })
  @IsOptional()
  @IsTimestamp()
  expires_at?: string | null;

  /** An `internal` key belongs to a service of the operator and is not limited: only a superuser can make one. */
  @OneOf(['standard', 'internal'], { required: false, default: 'standard' })
  kind: ApiKey['kind'] = 'standard';
}

const givenFields = ['name', 'scopes', 'rate_limit', 'allowed_ips', 'expires_at'] as const;

export const changeableFields = [...givenFields, 'api_version'] as const;

/** What may be changed: every field may be left out. */
export class UpdateApiKeyDto extends PartialType(PickType(CreateApiKeyDto, givenFields), {
  skipNullProperties: false,
}) {
  /** One of `GET /api/v1/versions`. */
  @ApiProperty({ required: false, example: '2026-11-22' })
  @MayBeOmitted()
  @IsString()
  api_version?: string;
}

export class RotateApiKeyDto {
  /** How long the old secret goes on working. A further rotation within that time ends it at once. */
  @Integer(0, MAX_OVERLAP_SECONDS, { required: false, default: 0 })
  overlap_seconds: number = 0;
}

export class ListApiKeysQuery extends PageQuery {
  /** Only keys that this key created. */
  @ApiProperty({ required: false, format: 'uuid' })
  @MayBeOmitted()
  @IsUUID()
  parent_id?: string;
}

export class RevokeApiKeyQuery {
  /** Whether every key that descends from this one is revoked too: those that it created, those that these created, and so on. */
  @MayBeOmitted()
  @QueryFlag({ required: false, default: false })
  cascade?: boolean;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'Support chat on the web site' })
  name: string;
  @ApiProperty({ enum: ['standard', 'internal'] })
  kind: ApiKey['kind'];
  @ApiProperty({ enum: ['live', 'test'] })
  environment: EnvironmentName;
  /** The beginning of the key, to tell keys apart. */
  @ApiProperty({ example: 'parl_live_sk_4fGh…' })
  hint: string;
  @ApiProperty({ enum: allScopes, isArray: true })
  scopes: Scope[];
  /** Requests per minute, by this key and all that descend from it together; those of the plan when null. */
  @ApiProperty({ type: 'integer', nullable: true })
  rate_limit: number | null;
  /** The version of the API in which its requests are answered when they name none: the latest one when it was made. */
  @ApiProperty({ example: '2026-11-22' })
  api_version: string;
  /** From where it may be used; anywhere when null. */
  @ApiProperty({ type: [String], nullable: true, example: ['203.0.113.7', '2001:db8::/32'] })
  allowed_ips: string[] | null;
  /** The person who made it; null when a program did, or the person is gone. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  created_by: string | null;
  /** The key that created it, which may be revoked; null when a person did. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  parent_id: string | null;
  /** How many keys descend from it that are not revoked: those that it created, those that these created, and so on. */
  @ApiProperty({ type: 'integer', example: 0 })
  descendant_count: number;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
  /** When it expires. A key that another key created expires with that one, if that is sooner. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_at: string | null;
  /** When the key was last used, to the minute. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_used_at: string | null;
  /** From which address it was used then. */
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  last_used_ip: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  rotated_at: string | null;
  /** Until when the secret before the last rotation works, unless the key itself ends before. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  previous_key_expires_at: string | null;

  static from(key: ApiKey, descendantCount: number): ApiKeyDto {
    return {
      id: key.id,
      name: key.name,
      kind: key.kind,
      environment: key.environment,
      hint: key.hint,
      scopes: key.scopes,
      rate_limit: key.rateLimit,
      api_version: key.apiVersion,
      allowed_ips: key.allowedIps,
      created_by: key.createdBy,
      parent_id: key.parentId,
      descendant_count: descendantCount,
      created_at: key.createdAt.toISOString(),
      updated_at: key.updatedAt.toISOString(),
      expires_at: key.expiresAt?.toISOString() ?? null,
      last_used_at: key.lastUsedAt?.toISOString() ?? null,
      last_used_ip: key.lastUsedIp,
      rotated_at: key.rotatedAt?.toISOString() ?? null,
      previous_key_expires_at: key.previousExpiresAt?.toISOString() ?? null,
    };
  }
}

/** A key with its secret, which is shown now and never again. */
export class ApiKeyWithSecretDto extends ApiKeyDto {
  /** The key itself: shown now and never again. */
  @ApiProperty({ example: 'parl_live_sk_…' })
  key: string;
}
