import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import { MayBeOmitted, Name } from '../../platform/validation/index.js';
import { roles, tiers, type Role } from '../permissions/index.js';
import { organizationStatuses, statusOf, type Organization, type OrganizationStatus } from './organization.entity.js';

export class CreateOrganizationDto {
  @Name({ example: 'Analytical Engines' })
  name: string;
}

export class UpdateOrganizationDto {
  @MayBeOmitted()
  @Name({ example: 'Analytical Engines' })
  name?: string;

  /** Whether the request log keeps the bodies of requests and answers, cut short and without what is named like a secret. */
  @MayBeOmitted()
  @IsBoolean()
  log_bodies?: boolean;
}

export class DeleteOrganizationDto {
  /** The name of the organization, typed again so that it is not the wrong one. */
  @ApiProperty({ example: 'Analytical Engines', maxLength: 200 })
  @IsString()
  @MaxLength(200)
  name: string;
}

export class OrganizationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ example: 'Analytical Engines' })
  name: string;
  @ApiProperty({ enum: tiers })
  plan: string;
  /** Nobody can act in one that is `suspended` (by an operator) or `deleted` (by an owner). */
  @ApiProperty({ enum: organizationStatuses })
  status: OrganizationStatus;
  /** What the caller is in it. */
  @ApiProperty({ enum: roles })
  role: Role;
  /** Whether it is the one that this session acts in. */
  is_current: boolean;
  /** Whether the request log keeps bodies. */
  log_bodies: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deleted_at: string | null;
  /** Until then a deleted organization can be restored; after that it is gone with all its data. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  purge_at: string | null;

  static from(organization: Organization, role: Role, currentId: string): OrganizationDto {
    return {
      id: organization.id,
      name: organization.name,
      plan: organization.plan,
      status: statusOf(organization),
      role,
      is_current: organization.id === currentId,
      log_bodies: organization.logBodies,
      created_at: organization.createdAt.toISOString(),
      deleted_at: organization.deletedAt?.toISOString() ?? null,
      purge_at: organization.purgeAt?.toISOString() ?? null,
    };
  }
}
