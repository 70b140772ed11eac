import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { OneTimeTokensModule } from '../one-time-tokens/index.js';
import { AccountHome } from './account-home.js';
import { EmailAddressesController } from './email-addresses.controller.js';
import { EmailAddressesService } from './email-addresses.service.js';
import { ProfileService } from './profile.service.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';

export { AccountHome, NO_ORGANIZATION } from './account-home.js';
export { SetEmailDto } from './email-addresses.dto.js';
export { EmailAddressesService } from './email-addresses.service.js';
export { User } from './user.entity.js';
export { usersEvents } from './users.events.js';
export { UserDto } from './users.dto.js';
export { UsersRepository } from './users.repository.js';

@Module({
  imports: [AuditModule, OneTimeTokensModule],
  controllers: [EmailAddressesController, UsersController],
  providers: [UsersRepository, ProfileService, EmailAddressesService, AccountHome],
  exports: [UsersRepository, EmailAddressesService, AccountHome],
})
export class UsersModule {}
