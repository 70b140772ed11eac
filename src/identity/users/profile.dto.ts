import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { IsEmailAddress, IsName, MayBeOmitted } from '../../platform/validation/index.js';
import type { User } from './user.entity.js';
import { UserDto, type ActingOrganization } from './users.dto.js';

export class ProfileDto extends UserDto {
  /** The address that takes the place of `email` once the link that was mailed to it is opened. */
  @ApiProperty({ type: String, format: 'email', nullable: true, example: null })
  pending_email: string | null;

  static of(user: User, organization: ActingOrganization, pendingEmail: string | null): ProfileDto {
    return { ...UserDto.from(user, organization), pending_email: pendingEmail };
  }
}

export class UpdateProfileDto {
  /** `null` removes it. */
  @ApiPropertyOptional({ type: String, nullable: true, example: 'Ada Lovelace', maxLength: 200 })
  @IsOptional()
  @IsName()
  name?: string | null;

  /** Takes effect once the link that is mailed to it is opened. The present one withdraws an earlier change. */
  @ApiPropertyOptional({ format: 'email', example: 'ada@example.com', maxLength: 254 })
  @MayBeOmitted()
  @IsEmailAddress()
  email?: string;
}
