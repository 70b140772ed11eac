import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { allScopes, IsTimestamp, type EnvironmentName, type Scope } from '../../platform/http/index.js';
import type { ApiKey } from './api-key.entity.js';

export class CreateApiKeyDto {
  /** What the key is for. */
  @ApiProperty({ example: 'Support chat on the web site', maxLength: 100 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  name: string;

  /** A `test` key acts in the sandbox of the organization, apart from live data. */
  @ApiProperty({ required: false, enum: ['live', 'test'], default: 'live' })
  @IsIn(['live', 'test'])
  environment: EnvironmentName = 'live';

  /** What the key may do: never more than its maker. */
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:write', 'knowledge:read'] })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(allScopes.length)
  @ArrayUnique()
  @IsIn(allScopes, { each: true })
  scopes: Scope[];

  /** When the key stops to work; never if left out. */
  @ApiProperty({ required: false, type: String, format: 'date-time', example: '2030-01-01T00:00:00Z' })
  @IsOptional()
  @IsTimestamp()
  expires_at?: string;
}

export class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'Support chat on the web site' })
  name: string;
  @ApiProperty({ enum: ['live', 'test'] })
  environment: EnvironmentName;
  /** The beginning of the key, to tell keys apart. */
  @ApiProperty({ example: 'parl_live_sk_4fGh…' })
  hint: string;
  @ApiProperty({ enum: allScopes, isArray: true })
  scopes: Scope[];
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_at: string | null;
  /** When the key was last used, to the minute. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_used_at: string | null;

  static from(key: ApiKey): ApiKeyDto {
    return {
      id: key.id,
      name: key.name,
      environment: key.environment,
      hint: key.hint,
      scopes: key.scopes,
      created_at: key.createdAt.toISOString(),
      expires_at: key.expiresAt?.toISOString() ?? null,
      last_used_at: key.lastUsedAt?.toISOString() ?? null,
    };
  }
}

export class CreatedApiKeyDto extends ApiKeyDto {
  /** The key itself: shown now and never again. */
  @ApiProperty({ example: 'parl_live_sk_…' })
  key: string;
}
