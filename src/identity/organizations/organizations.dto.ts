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

  /** True to store request and response bodies in the request log, truncated and with secrets removed. */
  @MayBeOmitted()
  @IsBoolean()
  log_bodies?: boolean;

  /**
   * True to let members authorize only apps that an owner or admin approved. Apps that members use now count as approved,
   * with their scopes.
   */
  @MayBeOmitted()
  @IsBoolean()
  require_app_approval?: boolean;
}

export class DeleteOrganizationDto {
  /** Repeat the name of the organization to confirm. */
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
  /** An operator can suspend an organization, and an owner can delete it. Either way it accepts no requests. */
  @ApiProperty({ enum: organizationStatuses })
  status: OrganizationStatus;
  /** Your role in the organization. */
  @ApiProperty({ enum: roles, example: 'owner' })
  role: Role;
  /** True for the organization of this session. */
  is_current: boolean;
  /** True if the request log stores bodies. */
  @ApiProperty({ example: false })
  log_bodies: boolean;
  /** True if members can authorize only apps that an owner or admin approved. */
  @ApiProperty({ example: false })
  require_app_approval: boolean;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deleted_at: string | null;
  /** When the deletion becomes permanent. You can restore the organization until then. */
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
      require_app_approval: organization.requireAppApproval,
      created_at: organization.createdAt.toISOString(),
      deleted_at: organization.deletedAt?.toISOString() ?? null,
      purge_at: organization.purgeAt?.toISOString() ?? null,
    };
  }
}
