import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { Authorizations } from './authorizations.js';
import { AuthorizationsController } from './authorizations.controller.js';
import { AuthorizationsService } from './authorizations.service.js';
import { AuthorizationsRepository } from './authorizations.repository.js';

export { authorizationsEvents } from './authorizations.events.js';
export { Authorization } from './authorization.entity.js';
export { Authorizations } from './authorizations.js';
export { AuthorizationsRepository } from './authorizations.repository.js';

@Module({
  imports: [AuditModule, CredentialsModule],
  controllers: [AuthorizationsController],
  providers: [Authorizations, AuthorizationsService, AuthorizationsRepository],
  exports: [Authorizations, AuthorizationsRepository],
})
export class AuthorizationsModule {}
