import { ApiProperty } from '@nestjs/swagger';
import { OneOf } from '../../platform/validation/index.js';
import { roles, type Role } from '../permissions/index.js';
import type { Member } from './members.repository.js';

export class UpdateMemberDto {
  @OneOf(roles, { example: 'member' })
  role: Role;
}

export class MemberDto {
  /** Id of the user. */
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  email: string;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  name: string | null;
  @ApiProperty({ enum: roles, example: 'owner' })
  role: Role;
  @ApiProperty({ format: 'date-time' })
  joined_at: string;

  static from({ id, email, name, role, joinedAt }: Member): MemberDto {
    return { id, email, name, role, joined_at: joinedAt.toISOString() };
  }
}
