import { Module } from '@nestjs/common';
import { OrganizationsModule } from '../organizations/index.js';
import { UsersModule } from '../users/index.js';
import { SessionsController } from './sessions.controller.js';
import './sessions.events.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { Tokens } from './tokens.js';

export { Session } from './session.entity.js';
export { SessionsService } from './sessions.service.js';
export { Tokens, type SessionClaims } from './tokens.js';

@Module({
  imports: [UsersModule, OrganizationsModule],
  controllers: [SessionsController],
  providers: [SessionsService, SessionsRepository, Tokens],
  exports: [SessionsService, Tokens],
})
export class SessionsModule {}
