import { Global, Module } from '@nestjs/common';
import { Idempotency } from './idempotency.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { IdempotencySweep } from './idempotency-sweep.js';

export { Idempotency } from './idempotency.js';
export { IdempotencyRecord } from './idempotency-record.entity.js';
export { IDEMPOTENCY, Idempotent } from './idempotent.js';

@Global()
@Module({ providers: [Idempotency, IdempotencyRepository], exports: [Idempotency] })
export class IdempotencyModule {}

/** The worker's half. */
@Module({ providers: [IdempotencySweep, IdempotencyRepository] })
export class IdempotencyWorkerModule {}
