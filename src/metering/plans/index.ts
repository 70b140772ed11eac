import { Module } from '@nestjs/common';
import { PlansController } from './plans.controller.js';
import { PlansRepository } from './plans.repository.js';
import { PlansService } from './plans.service.js';

export { offerAbove } from './offer.js';
export { Plan } from './plan.entity.js';
export { PlanDto, PlanLimitsDto } from './plans.dto.js';
export { PlansService } from './plans.service.js';

@Module({ controllers: [PlansController], providers: [PlansService, PlansRepository], exports: [PlansService] })
export class PlansModule {}
