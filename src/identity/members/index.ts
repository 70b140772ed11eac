import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { MailCapsModule } from '../mail-caps/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { AuthorizationsModule } from '../authorizations/index.js';
import { SessionsModule } from '../sessions/index.js';
import { UsersModule } from '../users/index.js';
import { AcceptInvitation } from './accept-invitation.js';
import { InvitationLimits } from './invitation-limits.js';
import { AcceptInvitationController, InvitationsController } from './invitations.controller.js';
import { InvitationsRepository } from './invitations.repository.js';
import { InvitationsService } from './invitations.service.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { MembersService } from './members.service.js';

export { membersEvents } from './members.events.js';
export { AcceptInvitation } from './accept-invitation.js';
export { Invitation } from './invitation.entity.js';
export type { MemberDto } from './members.dto.js';
export { MembersService } from './members.service.js';

/** The members of an organization, and how people join and leave. */
@Module({
  imports: [
    UsersModule,
    OrganizationsModule,
    SessionsModule,
    AuthorizationsModule,
    AuditModule,
    CredentialsModule,
    MailCapsModule,
  ],
  controllers: [MembersController, InvitationsController, AcceptInvitationController],
  providers: [
    MembersService,
    MembersRepository,
    InvitationsService,
    InvitationLimits,
    AcceptInvitation,
    InvitationsRepository,
  ],
  exports: [MembersService, AcceptInvitation],
})
export class MembersModule {}
