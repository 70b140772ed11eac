import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../identity/api-keys/index.js';
import { UsageController } from './usage.controller.js';
import { UsageCounter } from './usage-counter.js';
import { UsageRepository } from './usage.repository.js';
import { UsageService } from './usage.service.js';

export { UsageCounter } from './usage-counter.js';
export { UsageRecord } from './usage-record.entity.js';

@Module({
  imports: [ApiKeysModule],
  controllers: [UsageController],
  providers: [UsageService, UsageCounter, UsageRepository],
  exports: [UsageCounter],
})
export class UsageModule {}
