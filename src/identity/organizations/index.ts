import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { UsersModule } from '../users/index.js';
import { OrganizationAllowance } from './organization-allowance.js';
import { OpenInvitationsRepository } from './open-invitations.repository.js';
import { OpenInvitations } from './open-invitations.js';
import { OrganizationLifecycle } from './organization-lifecycle.js';
import { OrganizationMails } from './organization-mails.js';
import { OrganizationsController } from './organizations.controller.js';
import { OrganizationsSweep } from './organizations.sweep.js';
import { OrganizationsRepository } from './organizations.repository.js';
import { OrganizationsService } from './organizations.service.js';

export { organizationsEvents } from './organizations.events.js';
export { Membership } from './membership.entity.js';
export { OpenInvitations } from './open-invitations.js';
export { OrganizationLifecycle } from './organization-lifecycle.js';
export { OrganizationMails } from './organization-mails.js';
export { OrganizationAllowance } from './organization-allowance.js';
export {
  budgetOf,
  isClosed,
  Organization,
  organizationStatuses,
  statusOf,
  type OrganizationStatus,
} from './organization.entity.js';
export { OrganizationDto, UpdateOrganizationDto } from './organizations.dto.js';
export { OrganizationsService } from './organizations.service.js';
export { OrganizationsRepository } from './organizations.repository.js';

@Module({
  imports: [UsersModule, AuditModule, CredentialsModule],
  controllers: [OrganizationsController],
  providers: [
    OrganizationsService,
    OrganizationLifecycle,
    OrganizationAllowance,
    OrganizationMails,
    OrganizationsRepository,
    OpenInvitations,
    OpenInvitationsRepository,
  ],
  exports: [
    OrganizationsRepository,
    OrganizationsService,
    OrganizationLifecycle,
    OrganizationAllowance,
    OrganizationMails,
    OpenInvitations,
  ],
})
export class OrganizationsModule {}

/** For the worker: permanently deletes organizations that are due. */
@Module({ imports: [OrganizationsModule], providers: [OrganizationsSweep] })
export class OrganizationsWorkerModule {}
