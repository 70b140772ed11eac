import { Module } from '@nestjs/common';
import { AppApprovalsModule } from '../app-approvals/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { OrganizationSettingsController } from './organization-settings.controller.js';
import { OrganizationSettingsService } from './organization-settings.service.js';

/** Above the modules that a setting changes, so that `organizations` need not know them. */
@Module({
  imports: [OrganizationsModule, AppApprovalsModule],
  controllers: [OrganizationSettingsController],
  providers: [OrganizationSettingsService],
})
export class OrganizationSettingsModule {}
