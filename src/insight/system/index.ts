import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsService } from './metrics.service.js';
import { SystemController } from './system.controller.js';
import { WelcomeController } from './welcome.controller.js';

@Module({
  controllers: [HealthController, MetricsController, SystemController, WelcomeController],
  providers: [HealthService, MetricsService],
})
export class SystemModule {}
