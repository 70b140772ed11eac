import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { ApiKeysModule } from '../api-keys/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { MembersModule } from '../members/index.js';
import { OneTimeTokensModule } from '../one-time-tokens/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { SessionsModule } from '../sessions/index.js';
import { UsersModule } from '../users/index.js';
import { AccountMails } from './account-mails.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { EraseAccount } from './erase-account.js';
import { ErasureController } from './erasure.controller.js';
import { ErasureRepository } from './erasure.repository.js';
import { PasswordsController } from './passwords.controller.js';
import { PasswordsService } from './passwords.service.js';

export { accountsEvents } from './accounts.events.js';
export { AccountMails } from './account-mails.js';
export { RegisterDto } from './accounts.dto.js';
export { AccountsService } from './accounts.service.js';
export { ForgotPasswordDto } from './passwords.dto.js';
export { PasswordsService } from './passwords.service.js';

@Module({
  imports: [
    UsersModule,
    OrganizationsModule,
    SessionsModule,
    AuditModule,
    CredentialsModule,
    ApiKeysModule,
    MembersModule,
    OneTimeTokensModule,
  ],
  controllers: [AccountsController, PasswordsController, ErasureController],
  providers: [AccountsService, PasswordsService, EraseAccount, ErasureRepository, AccountMails],
  exports: [AccountMails, AccountsService, PasswordsService],
})
export class AccountsModule {}
