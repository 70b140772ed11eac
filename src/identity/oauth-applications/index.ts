import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { AllOAuthApplications } from './all-oauth-applications.js';
import { ClientSecrets } from './client-secrets.js';
import { OAuthApplicationsController } from './oauth-applications.controller.js';
import { OAuthApplicationsRepository } from './oauth-applications.repository.js';
import { OAuthApplicationsService } from './oauth-applications.service.js';

export { oauthApplicationsEvents } from './oauth-applications.events.js';
export { AllOAuthApplications, type OwnedOAuthApplicationDto } from './all-oauth-applications.js';
export { ClientSecrets } from './client-secrets.js';
export { OAuthApplication } from './oauth-application.entity.js';
export {
  CreateOAuthApplicationDto,
  RotateOAuthApplicationSecretDto,
  UpdateOAuthApplicationDto,
  type OAuthApplicationDto,
  type OAuthApplicationWithSecretDto,
} from './oauth-applications.dto.js';
export { OAuthApplicationsRepository } from './oauth-applications.repository.js';
export { OAuthApplicationsService } from './oauth-applications.service.js';
export { kindOfRedirectUri } from './redirect-uri.js';

@Module({
  imports: [CredentialsModule, AuditModule, OrganizationsModule],
  controllers: [OAuthApplicationsController],
  providers: [OAuthApplicationsService, AllOAuthApplications, OAuthApplicationsRepository, ClientSecrets],
  exports: [OAuthApplicationsService, AllOAuthApplications, OAuthApplicationsRepository, ClientSecrets],
})
export class OAuthApplicationsModule {}
