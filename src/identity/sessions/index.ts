import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { UsersModule } from '../users/index.js';
import { SessionsController } from './sessions.controller.js';
import './sessions.events.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { Tokens } from './tokens.js';

export { SignInFailure } from './sign-in-failure.entity.js';
export { Session } from './session.entity.js';
export { RequestOrigin, type Origin } from './request-origin.js';
export { LowerCase, SessionTokensDto, UserDto } from './sessions.dto.js';
export { SessionsService } from './sessions.service.js';
export { Tokens, type SessionClaims } from './tokens.js';

@Module({
  imports: [UsersModule, OrganizationsModule, CredentialsModule, AuditModule],
  controllers: [SessionsController],
  providers: [SessionsService, SessionsRepository, Tokens],
  exports: [SessionsService, Tokens],
})
export class SessionsModule {}
