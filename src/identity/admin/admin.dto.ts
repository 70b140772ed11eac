import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { MayBeOmitted, OneOf, QueryFlag, Text } from '../../platform/validation/index.js';
import { MAX_EMAIL, normalizeEmailBeginning } from '../../platform/text/index.js';
import { tiers, type Tier } from '../permissions/index.js';
import { organizationStatuses, statusOf, type Organization, type OrganizationStatus } from '../organizations/index.js';
import type { User } from '../users/index.js';

export class ListUsersQuery extends PageQuery {
  /** Prefix of the email address. */
  @ApiPropertyOptional({ example: 'ada@', maxLength: MAX_EMAIL })
  @MayBeOmitted()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normalizeEmailBeginning(value) : value))
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_EMAIL)
  email?: string;

  /** True for open accounts only, false for closed accounts only. */
  @MayBeOmitted()
  @QueryFlag()
  is_active?: boolean;
}

export class AdminUpdateUserDto {
  /** False closes the account: all its sessions end at once, and sign-in is refused. */
  @ApiPropertyOptional({ example: true })
  @MayBeOmitted()
  @IsBoolean()
  is_active?: boolean;

  /** True to let this user administer the server. */
  @ApiPropertyOptional()
  @MayBeOmitted()
  @IsBoolean()
  is_superuser?: boolean;
}

export class AdminUserDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'email', example: 'ada@example.com' })
  email: string;
  /**
   * Why sign-in with this address fails: it is not a valid address (`invalid`), or another account uses a different spelling
   * of it (`taken`). Null if the address works.
   */
  @ApiProperty({ type: String, enum: ['invalid', 'taken'], nullable: true, example: null })
  email_issue: 'invalid' | 'taken' | null;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  name: string | null;
  is_active: boolean;
  is_verified: boolean;
  @ApiProperty({ example: false })
  is_superuser: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;

  static from(user: User): AdminUserDto {
    return {
      id: user.id,
      email: user.email,
      email_issue: user.emailIssue,
      name: user.name,
      is_active: user.isActive,
      is_verified: user.isVerified,
      is_superuser: user.isSuperuser,
      created_at: user.createdAt.toISOString(),
    };
  }
}

export class ListOrganizationsQuery extends PageQuery {
  /** Part of the name. Case is ignored. */
  @MayBeOmitted()
  @Text(200, { example: 'engines' })
  name?: string;

  /** Only organizations with this plan. */
  @MayBeOmitted()
  @OneOf(tiers)
  plan?: Tier;
}

export class AdminUpdateOrganizationDto {
  /** The new plan of the organization and its sandbox. */
  @MayBeOmitted()
  @OneOf(tiers, { example: 'pro' })
  plan?: Tier;

  /** True refuses all its sessions and API keys at once. False accepts them again. */
  @ApiPropertyOptional()
  @MayBeOmitted()
  @IsBoolean()
  suspended?: boolean;
}

export class AdminOrganizationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'Analytical Engines' })
  name: string;
  @ApiProperty({ enum: tiers })
  plan: string;
  @ApiProperty({ enum: organizationStatuses })
  status: OrganizationStatus;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  suspended_at: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deleted_at: string | null;
  /** When the deletion becomes permanent. Null unless it is deleted. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  purge_at: string | null;

  static from(organization: Organization): AdminOrganizationDto {
    return {
      id: organization.id,
      name: organization.name,
      plan: organization.plan,
      status: statusOf(organization),
      created_at: organization.createdAt.toISOString(),
      suspended_at: organization.suspendedAt?.toISOString() ?? null,
      deleted_at: organization.deletedAt?.toISOString() ?? null,
      purge_at: organization.purgeAt?.toISOString() ?? null,
    };
  }
}
