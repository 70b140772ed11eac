import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { ClientSecrets } from './client-secrets.js';
import { OAuthApplicationsController } from './oauth-applications.controller.js';
import { OAuthApplicationsRepository } from './oauth-applications.repository.js';
import { OAuthApplicationsService } from './oauth-applications.service.js';

export { oauthApplicationsEvents } from './oauth-applications.events.js';
export { ClientSecrets } from './client-secrets.js';
export { OAuthApplication } from './oauth-application.entity.js';
export { OAuthApplicationsRepository } from './oauth-applications.repository.js';
export { kindOfRedirectUri } from './redirect-uri.js';

@Module({
  imports: [CredentialsModule, AuditModule, OrganizationsModule],
  controllers: [OAuthApplicationsController],
  providers: [OAuthApplicationsService, OAuthApplicationsRepository, ClientSecrets],
  exports: [OAuthApplicationsRepository, ClientSecrets],
})
export class OAuthApplicationsModule {}
