import { ApiProperty } from '@nestjs/swagger';
import { IsUUID } from 'class-validator';
import { Email, Password, Text } from '../../platform/validation/index.js';
import { ACCESS_TOKEN_SECONDS } from '../signing-keys/index.js';
import { UserDto } from '../users/index.js';
import type { Session } from './session.entity.js';

export class LoginDto {
  @Email()
  email: string;

  @Password()
  password: string;
}

export class RefreshDto {
  @Text(500, { example: 'the refresh token of the session' })
  refresh_token: string;
}

export class ReauthenticateDto {
  @Password()
  password: string;
}

export class SwitchOrganizationDto {
  /** One of your organizations. */
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  organization_id: string;
}

export class SessionDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The current organization of the session. */
  @ApiProperty({ format: 'uuid' })
  organization_id: string;
  /** Address that you signed in from. Null if unknown. */
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  ip: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' })
  user_agent: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** Accurate to the minute. */
  @ApiProperty({ format: 'date-time' })
  last_used_at: string;
  /** When the session ends unless it is refreshed. */
  @ApiProperty({ format: 'date-time' })
  expires_at: string;
  /** True for the session of this request. */
  is_current: boolean;

  static from(session: Session, currentId: string): SessionDto {
    return {
      id: session.id,
      organization_id: session.organizationId,
      ip: session.ip,
      user_agent: session.userAgent,
      created_at: session.createdAt.toISOString(),
      last_used_at: session.lastUsedAt.toISOString(),
      expires_at: session.expiresAt.toISOString(),
      is_current: session.id === currentId,
    };
  }
}

export class SessionTokensDto {
  /** Send it as `Authorization: Bearer …`. */
  @ApiProperty({ example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk4ZjJhMCJ9.c2lnbmF0dXJl' })
  access_token: string;
  /** Exchange it at `POST /auth/refresh` for new tokens. Use each one once. */
  @ApiProperty({ example: '0198f2a0-0000-7000-8000-000000000000.0.c2lnbmF0dXJl' })
  refresh_token: string;
  @ApiProperty({ enum: ['bearer'] })
  token_type: 'bearer';
  /** Seconds until the access token expires. */
  @ApiProperty({ type: 'integer', example: ACCESS_TOKEN_SECONDS })
  expires_in: number;
  user: UserDto;
}
