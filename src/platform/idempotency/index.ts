import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Idempotency } from './idempotency.js';
import { IdempotencyCheck } from './idempotency-check.js';
import { IdempotencyLeases } from './idempotency.leases.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencySweep } from './idempotency.sweep.js';

export { Idempotency } from './idempotency.js';
export { IdempotencySweep } from './idempotency.sweep.js';
export { IdempotencyRecord } from './idempotency-record.entity.js';
export { Idempotent } from './idempotent.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [Idempotency, IdempotencyRepository, IdempotencyLeases, IdempotencyCheck],
  exports: [Idempotency],
})
export class IdempotencyModule {}

/** The worker's half. */
@Module({ providers: [IdempotencySweep, IdempotencyRepository] })
export class IdempotencyWorkerModule {}
