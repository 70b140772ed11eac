import { ApiProperty } from '@nestjs/swagger';
import { tiers } from '../permissions/index.js';
import type { User } from './user.entity.js';

/** What is shown of the organization that a person works in. */
export interface ActingOrganization {
  id: string;
  plan: string;
}

export class UserDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  email: string;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  name: string | null;
  /** The current organization. */
  @ApiProperty({ format: 'uuid' })
  organization_id: string;
  /** Plan of the current organization. */
  @ApiProperty({ enum: tiers })
  subscription_plan: string;
  is_active: boolean;
  /** True once the email address is confirmed. */
  is_verified: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;

  static from(user: User, organization: ActingOrganization): UserDto {
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
