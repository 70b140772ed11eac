import { Module } from '@nestjs/common';
import { OrganizationsModule } from '../organizations/index.js';
import { SessionsModule } from '../sessions/index.js';
import { UsersModule } from '../users/index.js';
import { AccountsController } from './accounts.controller.js';
import './accounts.events.js';
import { AccountsService } from './accounts.service.js';

export { OneTimeToken } from './one-time-token.entity.js';

@Module({
  imports: [UsersModule, OrganizationsModule, SessionsModule],
  controllers: [AccountsController],
  providers: [AccountsService],
})
export class AccountsModule {}
