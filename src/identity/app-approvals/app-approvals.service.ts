import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { ApiError, invalidField, notFound } from '../../platform/errors/index.js';
import { cursorId, toPage, type Page } from '../../platform/paging/index.js';
import { actorOf } from '../audit/index.js';
import type { Principal } from '../permissions/index.js';
import type { AppApproval } from './app-approval.entity.js';
import { AppApprovals } from './app-approvals.js';
import { AppApprovalDto, type ApproveAppDto, type ListAppApprovalsQuery } from './app-approvals.dto.js';
import { AppApprovalsRepository } from './app-approvals.repository.js';

/** What admins see of the apps in their organization, and decide about them. */
@Injectable()
export class AppApprovalsService {
  constructor(
    private readonly database: Database,
    private readonly approvals: AppApprovals,
    private readonly repository: AppApprovalsRepository,
  ) {}

  list({ organizationId }: Principal, query: ListAppApprovalsQuery): Promise<Page<AppApprovalDto>> {
    const before = cursorId(query);
    return this.database.pipelineAsTenant(organizationId, async () =>
      toPage(await this.repository.list(query.limit, before, query.status), (row) => AppApprovalDto.from(row)),
    );
  }

  get(principal: Principal, id: string): Promise<AppApprovalDto> {
    return this.within(principal, async () => {
      const approval = await this.repository.find(id);
      if (!approval) throw notFound('App approval', id);
      return AppApprovalDto.from(approval);
    });
  }

  approve(principal: Principal, id: string, { scopes }: ApproveAppDto): Promise<AppApprovalDto> {
    return this.within(principal, async () => {
      const approval = await this.getLocked(id);
      if (approval.status === 'approved') {
        throw new ApiError('CONFLICT', { detail: 'This app is approved already, and nobody asks for more.' });
      }
      if (scopes.some((scope) => !approval.requestedScopes.includes(scope))) {
        throw invalidField('scopes', `must contain only requested scopes: ${approval.requestedScopes.join(', ')}`);
      }
      return AppApprovalDto.from(await this.approvals.approve(approval, scopes, actorOf(principal)));
    });
  }

  deny(principal: Principal, id: string): Promise<AppApprovalDto> {
    return this.within(principal, async () => {
      const approval = await this.getLocked(id);
      if (approval.status !== 'pending') {
        throw new ApiError('CONFLICT', {
          detail: `Nobody asks for this app: it is ${approval.status}. Delete the approval to revoke it.`,
        });
      }
      return AppApprovalDto.from(await this.approvals.deny(approval, actorOf(principal)));
    });
  }

  revoke(principal: Principal, id: string): Promise<void> {
    return this.within(principal, async () => this.approvals.revoke(await this.getLocked(id), actorOf(principal)));
  }

  /** The operator decides in all organizations. */
  private within<T>({ kind, organizationId }: Principal, work: () => Promise<T>): Promise<T> {
    return kind === 'operator' ? this.database.asPlatform(work) : this.database.asTenant(organizationId, work);
  }

  private async getLocked(id: string): Promise<AppApproval> {
    const approval = await this.repository.findLocked(id);
    if (!approval) throw notFound('App approval', id);
    return approval;
  }
}
