import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { ApiKeysController } from './api-keys.controller.js';
import './api-keys.events.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { LastUse } from './last-use.js';

export { ApiKey } from './api-key.entity.js';
export { ApiKeysService } from './api-keys.service.js';

@Module({
  imports: [CredentialsModule, AuditModule, OrganizationsModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService, ApiKeysRepository, LastUse],
  exports: [ApiKeysService],
})
export class ApiKeysModule {}
