import { Module } from '@nestjs/common';
import { PlansModule } from '../plans/index.js';
import { QuotasLeases } from './quotas.leases.js';
import { QuotasController } from './quotas.controller.js';
import { QuotasSweep } from './quotas.sweep.js';
import { QuotasRepository } from './quotas.repository.js';
import { QuotasService } from './quotas.service.js';
import { QuotasSubscriber } from './quotas.subscriber.js';
import { StorageRepository } from './storage.repository.js';
import { StorageService } from './storage.service.js';

export { shownQuotas, type QuotasDto } from './quotas.dto.js';
export { quotasEvents } from './quotas.events.js';
export type { Payer, Reservation } from './quota.js';
export { QuotaMonth } from './quota-month.entity.js';
export { QuotaReservation } from './quota-reservation.entity.js';
export { StorageChange } from './storage-change.entity.js';
export { StorageService } from './storage.service.js';
export { QuotasService } from './quotas.service.js';

@Module({
  imports: [PlansModule],
  controllers: [QuotasController],
  providers: [QuotasService, QuotasRepository, StorageService, StorageRepository, QuotasLeases],
  exports: [QuotasService, StorageService],
})
export class QuotasModule {}

/** The part for the worker. */
@Module({ providers: [QuotasSweep, QuotasSubscriber, QuotasRepository] })
export class QuotasWorkerModule {}
