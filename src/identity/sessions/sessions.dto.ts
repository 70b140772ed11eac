import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsEmail, IsIn, IsNotEmpty, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import type { Organization } from '../organizations/index.js';
import type { User } from '../users/index.js';
import { ACCESS_TOKEN_SECONDS } from './tokens.js';

const PLANS = ['free', 'basic', 'pro', 'premium', 'academic', 'enterprise'];

const LowerCase = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim().toLowerCase() : value));

export class LoginDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: 254 })
  @LowerCase()
  @IsEmail()
  @MaxLength(254)
  email: string;

  @ApiProperty({ example: 'a long and private sentence', maxLength: 1000 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(1000)
  password: string;
}

export class RegisterDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: 254 })
  @LowerCase()
  @IsEmail()
  @MaxLength(254)
  email: string;

  /** At least 10 characters, and not one that is known from leaks. */
  @ApiProperty({ example: 'a long and private sentence', minLength: 10, maxLength: 1000 })
  @IsString()
  @MinLength(10)
  @MaxLength(1000)
  password: string;

  @ApiProperty({ required: false, example: 'Ada Lovelace', maxLength: 200 })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name?: string;

  /** Name of the organization to make; the person's own name if left out. */
  @ApiProperty({ required: false, example: 'Analytical Engines', maxLength: 200 })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  organization_name?: string;

  /** Only `free` can be had at registration. */
  @ApiProperty({ required: false, enum: PLANS, default: 'free' })
  @IsOptional()
  @IsIn(PLANS)
  subscription_plan?: string;
}

export class RefreshDto {
  @ApiProperty({ maxLength: 500 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(500)
  refresh_token: string;
}

export class UserDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  email: string;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  name: string | null;
  @ApiProperty({ format: 'uuid' })
  organization_id: string;
  @ApiProperty({ enum: PLANS })
  subscription_plan: string;
  is_active: boolean;
  /** Whether the email address has been confirmed. */
  is_verified: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;

  static from(user: User, organization: Organization): UserDto {
    return {
      id: user.id,
      email: user.email,
      name: user.name,
      organization_id: organization.id,
      subscription_plan: organization.plan,
      is_active: user.isActive,
      is_verified: user.isVerified,
      created_at: user.createdAt.toISOString(),
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
