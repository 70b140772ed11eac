import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../identity/api-keys/index.js';
import { PendingUsage } from './pending-usage.repository.js';
import { UsageController } from './usage.controller.js';
import { UsageCounter } from './usage-counter.js';
import { UsageFlusher } from './usage-flusher.js';
import { UsageSweep } from './usage.sweep.js';
import { UsageRepository } from './usage.repository.js';
import { UsageService } from './usage.service.js';

export { usageFieldOf } from './pending-usage.js';
export { usageKey } from './usage.keys.js';
export { UsageBatch } from './usage-batch.entity.js';
export { UsageCounter } from './usage-counter.js';
export { UsageRecord } from './usage-record.entity.js';
export { UsageRepository } from './usage.repository.js';

@Module({
  imports: [ApiKeysModule],
  controllers: [UsageController],
  providers: [UsageService, UsageCounter, UsageFlusher, UsageRepository, PendingUsage],
  exports: [UsageCounter, UsageFlusher, UsageRepository],
})
export class UsageModule {}

/** The part for the worker. */
@Module({ imports: [UsageModule], providers: [UsageSweep] })
export class UsageWorkerModule {}
