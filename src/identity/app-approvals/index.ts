import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { AuthorizationsModule } from '../authorizations/index.js';
import { OAuthApplicationsModule } from '../oauth-applications/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { AppApprovals } from './app-approvals.js';
import { AppApprovalsController } from './app-approvals.controller.js';
import { AppApprovalsRepository } from './app-approvals.repository.js';
import { AppApprovalsService } from './app-approvals.service.js';
import { ApprovalLog } from './approval-log.js';

export { appApprovalsEvents } from './app-approvals.events.js';
export { AppApproval, beyond, covers, type AppInOrganization } from './app-approval.entity.js';
export { AppApprovals, hasAsked } from './app-approvals.js';
export { ApproveAppDto, ListAppApprovalsQuery, type AppApprovalDto } from './app-approvals.dto.js';
export { AppApprovalsService } from './app-approvals.service.js';

@Module({
  imports: [AuditModule, AuthorizationsModule, OAuthApplicationsModule, OrganizationsModule],
  controllers: [AppApprovalsController],
  providers: [AppApprovals, AppApprovalsRepository, AppApprovalsService, ApprovalLog],
  exports: [AppApprovals, AppApprovalsService],
})
export class AppApprovalsModule {}
