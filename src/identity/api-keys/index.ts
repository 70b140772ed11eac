import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { AllApiKeys } from './all-api-keys.js';
import { ApiKeysController } from './api-keys.controller.js';
import './api-keys.events.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { LastUse } from './last-use.js';
import { MakerBounds } from './maker-bounds.js';

export { AllApiKeys, type OwnedApiKeyDto } from './all-api-keys.js';
export { CreateApiKeyDto, RotateApiKeyDto, type ApiKeyDto, type ApiKeyWithSecretDto } from './api-keys.dto.js';
export { ApiKey } from './api-key.entity.js';
export { ApiKeysService } from './api-keys.service.js';

@Module({
  imports: [CredentialsModule, AuditModule, OrganizationsModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService, AllApiKeys, ApiKeysRepository, LastUse, MakerBounds],
  exports: [ApiKeysService, AllApiKeys],
})
export class ApiKeysModule {}
