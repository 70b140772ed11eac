import { ApiProperty } from '@nestjs/swagger';
import { Email, OneOf, Text } from '../../platform/validation/index.js';
import { roles, type Role } from '../permissions/index.js';
import type { Invitation } from './invitation.entity.js';

const invitationStatuses = ['open', 'expired'] as const;

export class CreateInvitationDto {
  @Email({ example: 'grace@example.com' })
  email: string;

  /** Role of the person after they accept. Only an owner can invite an owner. */
  @OneOf(roles, { required: false, default: 'member' })
  role: Role = 'member';
}

export class AcceptInvitationDto {
  /** The part of the link in the mail after `#token=`. */
  @Text(500, { example: 'the token from the mail' })
  token: string;
}

/** What an invitation offers, to whoever holds its token. */
export class InvitationPreviewDto {
  @ApiProperty({ example: 'Analytical Engines' })
  organization_name: string;
  /** Null if the person gave no name. */
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  inviter_name: string | null;
  /** The invited address: only an account with this address can accept. */
  @ApiProperty({ format: 'email', example: 'grace@example.com' })
  email: string;
  @ApiProperty({ enum: roles })
  role: Role;
  /** Whether an account with the invited address exists: sign in to accept; otherwise register with `invitation_token`. */
  has_account: boolean;
  @ApiProperty({ format: 'date-time' })
  expires_at: string;

  static from(
    { email, role, expiresAt }: Invitation,
    {
      organizationName,
      inviterName,
      hasAccount,
    }: { organizationName: string; inviterName: string | null; hasAccount: boolean },
  ): InvitationPreviewDto {
    return {
      organization_name: organizationName,
      inviter_name: inviterName,
      email,
      role,
      has_account: hasAccount,
      expires_at: expiresAt.toISOString(),
    };
  }
}

export class InvitationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ format: 'email', example: 'grace@example.com' })
  email: string;
  @ApiProperty({ enum: roles })
  role: Role;
  /** You can resend an `expired` invitation. */
  @ApiProperty({ enum: invitationStatuses })
  status: (typeof invitationStatuses)[number];
  /** Id of the user who sent the invitation. Null if that user has been deleted. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  invited_by: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  @ApiProperty({ format: 'date-time' })
  expires_at: string;

  static from(invitation: Invitation): InvitationDto {
    return {
      id: invitation.id,
      email: invitation.email,
      role: invitation.role,
      status: invitation.expiresAt.getTime() > Date.now() ? 'open' : 'expired',
      invited_by: invitation.invitedBy,
      created_at: invitation.createdAt.toISOString(),
      expires_at: invitation.expiresAt.toISOString(),
    };
  }
}
