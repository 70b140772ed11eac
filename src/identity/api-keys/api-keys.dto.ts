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
import { allScopes, environments, type EnvironmentName, type Scope } from '../permissions/index.js';
import { canonicalBlock } from '../../platform/http/index.js';
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
  @Prose(100, { example: 'Support chat on the website' })
  name: string;

  /** A `test` key works in the sandbox of the organization, apart from live data. Defaults to that of the caller, which is `live` for people. */
  @MayBeOmitted()
  @OneOf(environments, { required: false })
  environment?: EnvironmentName;

  /** What the key may do. It cannot have a scope that its creator lacks. */
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

  /** Requests per minute. Null means the limit of the plan, which a higher value does not raise. */
  @IsOptional()
  @Integer(1, MAX_RATE_LIMIT, { required: false, nullable: true })
  rate_limit?: number | null;

  /** IPv4 and IPv6 addresses and CIDR blocks that may use the key, such as `203.0.113.7` or `2001:db8::/32`. Null allows any address. */
  @ApiProperty({
    required: false,
    type: [String],
    minItems: 1,
    maxItems: MAX_ALLOWED_IPS,
    nullable: true,
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ALLOWED_IPS)
  @AreAddressesOrBlocks()
  allowed_ips?: string[] | null;

  /** When the key expires. Null means never. */
  @ApiProperty({ required: false, type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsTimestamp()
  expires_at?: string | null;

  /** An `internal` key belongs to a service of the operator and has no rate limits. Only a superuser can create one. */
  @OneOf(['standard', 'internal'], { required: false, default: 'standard' })
  kind: ApiKey['kind'] = 'standard';
}

const givenFields = ['name', 'scopes', 'rate_limit', 'allowed_ips', 'expires_at'] as const;

export const changeableFields = [...givenFields, 'api_version'] as const;

/** Omitted fields keep their values. */
export class UpdateApiKeyDto extends PartialType(PickType(CreateApiKeyDto, givenFields), {
  skipNullProperties: false,
}) {
  /** API version for requests that name none: one of `GET /api/v1/versions`. */
  @ApiProperty({ required: false })
  @MayBeOmitted()
  @IsString()
  api_version?: string;
}

export class RotateApiKeyDto {
  /** How long the old secret keeps working. Rotating again within that time ends it at once. */
  @Integer(0, MAX_OVERLAP_SECONDS, { required: false, default: 0 })
  overlap_seconds: number = 0;
}

export class ListApiKeysQuery extends PageQuery {
  /** Only keys that this key created directly. */
  @ApiProperty({ required: false, format: 'uuid' })
  @MayBeOmitted()
  @IsUUID()
  parent_id?: string;
}

export class RevokeApiKeyQuery {
  /** True to also revoke all descendants: keys that this key created, keys that those created, and so on. */
  @MayBeOmitted()
  @QueryFlag({ required: false, default: false })
  cascade?: boolean;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'Support chat on the website' })
  name: string;
  @ApiProperty({ enum: ['standard', 'internal'] })
  kind: ApiKey['kind'];
  @ApiProperty({ enum: environments })
  environment: EnvironmentName;
  /** First characters of the key, to tell keys apart. */
  @ApiProperty({ example: 'parl_live_sk_4fGh…' })
  hint: string;
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:write', 'knowledge:read'] })
  scopes: Scope[];
  /** Requests per minute that the key and its descendants share. Null means the limit of the plan. */
  @ApiProperty({ type: 'integer', nullable: true })
  rate_limit: number | null;
  /** API version of requests that name none. Set to the latest version when the key is created. */
  @ApiProperty({ example: '2026-11-22' })
  api_version: string;
  /** Addresses and CIDR blocks that may use the key. Null allows any address. */
  @ApiProperty({ type: [String], nullable: true, example: null })
  allowed_ips: string[] | null;
  /** Id of the user who created the key. Null if a key created it, or if the user has been deleted. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  created_by: string | null;
  /** Id of the key that created this key, even if revoked. Null if a person created it. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  parent_id: string | null;
  /** Number of active descendants: keys that this key created, keys that those created, and so on. */
  @ApiProperty({ type: 'integer', example: 0 })
  descendant_count: number;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  updated_at: string;
  /** When the key expires. A key expires no later than the key that created it. Null means never. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  expires_at: string | null;
  /** When the key was last used, accurate to the minute. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  last_used_at: string | null;
  /** Address of that last use. */
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  last_used_ip: string | null;
  /** When the key was last rotated. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  rotated_at: string | null;
  /** When the secret before the last rotation expires. Null if none is valid. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
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

/** A key with its secret, which is shown only once. */
export class ApiKeyWithSecretDto extends ApiKeyDto {
  /** The key itself. It is shown only once. */
  @ApiProperty({ example: 'parl_live_sk_4fGhJ2kLmN8pQrStUvWxYz1234567890abcdef' })
  key: string;
}
