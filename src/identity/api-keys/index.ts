import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { AllApiKeys } from './all-api-keys.js';
import { ApiKeyAuthenticationService } from './api-key-authentication.service.js';
import { ApiKeySecrets } from './api-key-secrets.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { EndApiKeys } from './end-api-keys.js';
import { LastUse } from './last-use.js';
import { GrantPolicy } from './grant-policy.js';

export { apiKeysEvents } from './api-keys.events.js';
export { AllApiKeys, type OwnedApiKeyDto } from './all-api-keys.js';
export { ApiKeyAuthenticationService } from './api-key-authentication.service.js';
export { CreateApiKeyDto, RotateApiKeyDto, type ApiKeyDto, type ApiKeyWithSecretDto } from './api-keys.dto.js';
export { ApiKey } from './api-key.entity.js';
export { EndApiKeys } from './end-api-keys.js';
export { ApiKeysService } from './api-keys.service.js';

@Module({
  imports: [CredentialsModule, AuditModule, OrganizationsModule],
  controllers: [ApiKeysController],
  providers: [
    ApiKeysService,
    ApiKeyAuthenticationService,
    ApiKeySecrets,
    AllApiKeys,
    ApiKeysRepository,
    LastUse,
    GrantPolicy,
    EndApiKeys,
  ],
  exports: [ApiKeysService, ApiKeyAuthenticationService, AllApiKeys, EndApiKeys],
})
export class ApiKeysModule {}
