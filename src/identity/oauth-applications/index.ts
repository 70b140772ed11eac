import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { AllOAuthApplications } from './all-oauth-applications.js';
import { ApplicationLog } from './application-log.js';
import { ClientSecrets, RegistrationTokenSecrets } from './client-secrets.js';
import { OAuthApplicationsController } from './oauth-applications.controller.js';
import { OAuthApplicationsRepository } from './oauth-applications.repository.js';
import { OAuthApplicationsService } from './oauth-applications.service.js';
import { RegistrationTokensController } from './registration-tokens.controller.js';
import { RegistrationTokensRepository } from './registration-tokens.repository.js';
import { RegistrationTokensService } from './registration-tokens.service.js';
import { SelfRegistration } from './self-registration.js';

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
export {
  applicationTypeOf,
  isRedirectUri,
  isWebsite,
  kindOfRedirectUri,
  MAX_CLIENT_NAME,
  MAX_REDIRECT_URIS,
  mustBePublic,
  REDIRECT_URI_RULE,
} from './redirect-uri.js';
export { RegistrationToken } from './registration-token.entity.js';
export { RegistrationTokensRepository } from './registration-tokens.repository.js';
export { SelfRegistration, type RegisteredClient } from './self-registration.js';

@Module({
  imports: [CredentialsModule, AuditModule, OrganizationsModule],
  controllers: [OAuthApplicationsController, RegistrationTokensController],
  providers: [
    AllOAuthApplications,
    ApplicationLog,
    ClientSecrets,
    OAuthApplicationsRepository,
    OAuthApplicationsService,
    RegistrationTokenSecrets,
    RegistrationTokensRepository,
    RegistrationTokensService,
    SelfRegistration,
  ],
  exports: [
    AllOAuthApplications,
    OAuthApplicationsService,
    OAuthApplicationsRepository,
    ClientSecrets,
    RegistrationTokensRepository,
    SelfRegistration,
  ],
})
export class OAuthApplicationsModule {}
