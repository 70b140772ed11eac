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
  @Text(500)
  refresh_token: string;
}

export class ReauthenticateDto {
  @Password()
  password: string;
}

export class SwitchOrganizationDto {
  /** An organization of which you are a member. */
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  organization_id: string;
}

export class SessionDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The organization in which you work in this session. */
  @ApiProperty({ format: 'uuid' })
  organization_id: string;
  /** Address from which you signed in; null when it is not known. */
  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  ip: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' })
  user_agent: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** To the minute. */
  @ApiProperty({ format: 'date-time' })
  last_used_at: string;
  /** When it ends if it is not refreshed before. */
  @ApiProperty({ format: 'date-time' })
  expires_at: string;
  /** Whether it is the session of this very request. */
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
  access_token: string;
  /** Exchange it once at `POST /auth/refresh` for a new pair. */
  refresh_token: string;
  @ApiProperty({ enum: ['bearer'] })
  token_type: 'bearer';
  /** Seconds until the access token expires. */
  @ApiProperty({ type: 'integer', example: ACCESS_TOKEN_SECONDS })
  expires_in: number;
  user: UserDto;
}
