import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { UsersModule } from '../users/index.js';
import { AcceptInvitation } from './accept-invitation.js';
import { AcceptInvitationController, InvitationsController } from './invitations.controller.js';
import { InvitationsRepository } from './invitations.repository.js';
import { InvitationsService } from './invitations.service.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { MembersService } from './members.service.js';
import { OrganizationLifecycle } from './organization-lifecycle.js';
import { OrganizationsController } from './organizations.controller.js';
import './organizations.events.js';
import { OrganizationsSweep } from './organizations.jobs.js';
import { OrganizationsRepository } from './organizations.repository.js';
import { OrganizationsService } from './organizations.service.js';

export { AcceptInvitation } from './accept-invitation.js';
export { Invitation } from './invitation.entity.js';
export type { MemberDto } from './members.dto.js';
export { MembersService } from './members.service.js';
export { Membership } from './membership.entity.js';
export { OrganizationLifecycle } from './organization-lifecycle.js';
export {
  isClosed,
  Organization,
  organizationStatuses,
  statusOf,
  type OrganizationStatus,
} from './organization.entity.js';
export { OrganizationsRepository } from './organizations.repository.js';

@Module({
  imports: [UsersModule, AuditModule, CredentialsModule],
  controllers: [OrganizationsController, MembersController, InvitationsController, AcceptInvitationController],
  providers: [
    OrganizationsService,
    OrganizationLifecycle,
    OrganizationsRepository,
    MembersService,
    MembersRepository,
    InvitationsService,
    AcceptInvitation,
    InvitationsRepository,
  ],
  exports: [OrganizationsRepository, OrganizationLifecycle, MembersService, AcceptInvitation],
})
export class OrganizationsModule {}

/** The worker's half: organizations whose time is up are deleted for good. */
@Module({ imports: [OrganizationsModule], providers: [OrganizationsSweep] })
export class OrganizationsWorkerModule {}
