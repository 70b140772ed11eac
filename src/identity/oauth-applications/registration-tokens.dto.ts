import { ApiProperty } from '@nestjs/swagger';
import { Integer } from '../../platform/validation/index.js';
import type { RegistrationToken } from './registration-token.entity.js';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

export class CreateRegistrationTokenDto {
  /** Seconds until the token expires. */
  @Integer(60, 30 * DAY, { required: false, default: HOUR })
  expires_in_seconds: number = HOUR;
}

/** A token with which clients can register themselves in your organization. */
export class RegistrationTokenDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** First characters of the token, to tell tokens apart. */
  @ApiProperty({ example: 'parl_rt_x9Kd…' })
  token_hint: string;
  /** The person who created it. Null if the account no longer exists. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  created_by: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  expires_at: string;

  static from({ id, hint, createdBy, createdAt, expiresAt }: RegistrationToken): RegistrationTokenDto {
    return {
      id,
      token_hint: hint,
      created_by: createdBy,
      created_at: createdAt.toISOString(),
      expires_at: expiresAt.toISOString(),
    };
  }
}

export class RegistrationTokenWithSecretDto extends RegistrationTokenDto {
  /** The token. It is shown only once. Clients send it to `/oauth/register` as a bearer token. */
  @ApiProperty({ example: 'parl_rt_x9KdGhJ2kLmN8pQrStUvWxYz1234567890abcdefghi' })
  token: string;
}
