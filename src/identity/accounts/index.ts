import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { ApiKeysModule } from '../api-keys/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { MailCapsModule } from '../mail-caps/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { SessionsModule } from '../sessions/index.js';
import { UsersModule } from '../users/index.js';
import { AccountHome } from './account-home.js';
import { AccountMails } from './account-mails.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { EmailAddressesController } from './email-addresses.controller.js';
import { EmailAddressesService } from './email-addresses.service.js';
import { EraseAccount } from './erase-account.js';
import { ErasureRepository } from './erasure.repository.js';
import { OneTimeTokensRepository } from './one-time-tokens.repository.js';
import { OneTimeTokens } from './one-time-tokens.js';
import { PasswordsController } from './passwords.controller.js';
import { PasswordsService } from './passwords.service.js';
import { ProfileService } from './profile.service.js';
import { UsersController } from './users.controller.js';

export { accountsEvents } from './accounts.events.js';
export { AccountMails } from './account-mails.js';
export { RegisterDto } from './accounts.dto.js';
export { AccountsService } from './accounts.service.js';
export { SetEmailDto } from './email-addresses.dto.js';
export { EmailAddressesService } from './email-addresses.service.js';
export { OneTimeToken } from './one-time-token.entity.js';

@Module({
  imports: [
    UsersModule,
    OrganizationsModule,
    SessionsModule,
    AuditModule,
    CredentialsModule,
    ApiKeysModule,
    MailCapsModule,
  ],
  controllers: [AccountsController, PasswordsController, EmailAddressesController, UsersController],
  providers: [
    AccountsService,
    PasswordsService,
    EmailAddressesService,
    ProfileService,
    EraseAccount,
    ErasureRepository,
    OneTimeTokens,
    OneTimeTokensRepository,
    AccountHome,
    AccountMails,
  ],
  exports: [AccountMails, AccountsService, EmailAddressesService],
})
export class AccountsModule {}
