import { Module } from '@nestjs/common';
import { UsersModule } from '../../identity/users/index.js';
import { PlansModule } from '../../metering/plans/index.js';
import { QuotasModule } from '../../metering/quotas/index.js';
import { DashboardController } from './dashboard.controller.js';
import { DashboardRepository } from './dashboard.repository.js';
import { DashboardService } from './dashboard.service.js';

@Module({
  imports: [UsersModule, PlansModule, QuotasModule],
  controllers: [DashboardController],
  providers: [DashboardService, DashboardRepository],
})
export class DashboardModule {}
