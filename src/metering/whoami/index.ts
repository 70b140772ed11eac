import { Module } from '@nestjs/common';
import { OrganizationsModule } from '../../identity/organizations/index.js';
import { PlansModule } from '../plans/index.js';
import { WhoamiController } from './whoami.controller.js';
import { WhoamiService } from './whoami.service.js';

export type { CallerDto } from './whoami.dto.js';

@Module({
  imports: [OrganizationsModule, PlansModule],
  controllers: [WhoamiController],
  providers: [WhoamiService],
})
export class WhoamiModule {}
