import { Module } from '@nestjs/common';
import { OrganizationsModule } from '../organizations/index.js';
import { ApiKeysController } from './api-keys.controller.js';
import './api-keys.events.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';

export { ApiKey } from './api-key.entity.js';
export { ApiKeysService } from './api-keys.service.js';

@Module({
  imports: [OrganizationsModule],
  controllers: [ApiKeysController],
  providers: [ApiKeysService, ApiKeysRepository],
  exports: [ApiKeysService],
})
export class ApiKeysModule {}
