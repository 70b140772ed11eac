import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { MayBeOmitted, OneOf, QueryFlag, Text } from '../../platform/validation/index.js';
import { normalizeEmailBeginning } from '../../platform/text/index.js';
import { tiers, type Tier } from '../permissions/index.js';
import { organizationStatuses, statusOf, type Organization, type OrganizationStatus } from '../organizations/index.js';
import type { User } from '../users/index.js';

export class ListUsersQuery extends PageQuery {
  /** How the email address begins. */
  @ApiPropertyOptional({ example: 'ada@', maxLength: 254 })
  @MayBeOmitted()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normalizeEmailBeginning(value) : value))
  @IsString()
  @IsNotEmpty()
  @MaxLength(254)
  email?: string;

  /** Only accounts that are open, or only those that are closed. */
  @MayBeOmitted()
  @QueryFlag()
  is_active?: boolean;
}

export class AdminUpdateUserDto {
  /** False closes the account: all its sessions end at once, and nobody can sign in to it. */
  @ApiPropertyOptional()
  @MayBeOmitted()
  @IsBoolean()
  is_active?: boolean;

  /** Whether the person may use these routes. */
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
   * Why nobody can sign in by this address: it was stored before addresses were normalized, and is not one (`invalid`), or
   * another account has it in another spelling (`taken`).
   */
  @ApiProperty({ type: String, enum: ['invalid', 'taken'], nullable: true, example: null })
  email_issue: 'invalid' | 'taken' | null;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  name: string | null;
  is_active: boolean;
  is_verified: boolean;
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
  /** A part of the name, in any case. */
  @MayBeOmitted()
  @Text(200, { example: 'engines' })
  name?: string;

  @MayBeOmitted()
  @OneOf(tiers)
  plan?: Tier;
}

export class AdminUpdateOrganizationDto {
  /** The plan of the organization and its sandbox, from now on. */
  @MayBeOmitted()
  @OneOf(tiers)
  plan?: Tier;

  /** True refuses all its sessions and API keys at once; false lets them act again. */
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
  /** When a deleted one is gone for good. */
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
