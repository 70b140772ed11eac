import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn } from 'class-validator';
import { PageQuery } from '../../platform/paging/index.js';
import { MayBeOmitted, OneOf } from '../../platform/validation/index.js';
import { allScopes, type Scope } from '../permissions/index.js';
import { approvalStatuses, type AppApproval, type ApprovalStatus } from './app-approval.entity.js';

export class ListAppApprovalsQuery extends PageQuery {
  /** Only approvals with this status. */
  @MayBeOmitted()
  @OneOf(approvalStatuses, { required: false })
  status?: ApprovalStatus;
}

export class ApproveAppDto {
  /** The requested scopes that members can let the app have. Empty if the app only signs people in. */
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:read'] })
  @IsArray()
  @ArrayMaxSize(allScopes.length)
  @ArrayUnique()
  @IsIn(allScopes, { each: true })
  scopes: Scope[];
}

/** What admins decided about an app in their organization, or are asked to decide. */
export class AppApprovalDto {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Identifies the app. The address of its document for an app that describes itself. */
  @ApiProperty({ example: '0198f2a0-0000-7000-8000-000000000000' })
  client_id: string;
  /** Name of the app when it was last requested. The app chose it. */
  @ApiProperty({ example: 'Ticket Assistant' })
  client_name: string;
  @ApiProperty({ type: String, format: 'uri', nullable: true, example: 'https://tickets.example.com' })
  client_url: string | null;
  /** `pending` while a request waits for a decision. An approved app keeps its scopes meanwhile. */
  @ApiProperty({ enum: approvalStatuses })
  status: ApprovalStatus;
  /** The most that members can let the app do. Empty until the app is approved. */
  @ApiProperty({ enum: allScopes, isArray: true, example: [] })
  scopes: Scope[];
  /** The scopes that are requested beyond that, or were when the request was denied. */
  @ApiProperty({ enum: allScopes, isArray: true, example: ['conversations:read'] })
  requested_scopes: Scope[];
  /** Ids of the members who asked last, up to 50. Empty if nobody had to ask. */
  @ApiProperty({ type: [String], format: 'uuid', example: ['0198f2a0-0000-7000-8000-000000000000'] })
  requested_by: string[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  requested_at: string | null;
  /** Id of the owner or admin who decided last. Null if nobody has, or the operator did. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  decided_by: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  decided_at: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at: string;

  static from(approval: AppApproval): AppApprovalDto {
    return {
      id: approval.id,
      client_id: approval.clientId,
      client_name: approval.clientName,
      client_url: approval.clientUrl,
      status: approval.status,
      scopes: approval.scopes ?? [],
      requested_scopes: approval.requestedScopes,
      requested_by: approval.requestedBy,
      requested_at: approval.requestedAt?.toISOString() ?? null,
      decided_by: approval.decidedBy,
      decided_at: approval.decidedAt?.toISOString() ?? null,
      created_at: approval.createdAt.toISOString(),
    };
  }
}
