import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { Email, MayBeOmitted, Name } from '../../platform/validation/index.js';
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
  @IsOptional()
  @Name({ nullable: true, example: 'Ada Lovelace' })
  name?: string | null;

  /** Takes effect once the link that is mailed to it is opened. The present one withdraws an earlier change. */
  @MayBeOmitted()
  @Email()
  email?: string;
}
