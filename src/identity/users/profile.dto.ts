import { ApiProperty } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { Email, MayBeOmitted, Name } from '../../platform/validation/index.js';
import type { User } from './user.entity.js';
import { UserDto, type ActingOrganization } from './users.dto.js';

export class ProfileDto extends UserDto {
  /** Replaces `email` once you open the link that was mailed to it. */
  @ApiProperty({ type: String, format: 'email', nullable: true, example: null })
  pending_email: string | null;

  static of(user: User, organization: ActingOrganization, pendingEmail: string | null): ProfileDto {
    return { ...UserDto.from(user, organization), pending_email: pendingEmail };
  }
}

export class UpdateProfileDto {
  /** Null removes the name. */
  @IsOptional()
  @Name({ nullable: true, example: 'Ada Lovelace' })
  name?: string | null;

  /** Takes effect once you open the link that is mailed to it. Your current address cancels a pending change. */
  @MayBeOmitted()
  @Email()
  email?: string;
}
