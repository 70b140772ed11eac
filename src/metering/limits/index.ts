import { Module } from '@nestjs/common';
import { AccessModule } from '../../identity/access/index.js';
import { CredentialsModule } from '../../identity/credentials/index.js';
import { PlansModule } from '../plans/index.js';
import { UsageModule } from '../usage/index.js';
import { AddressLimit } from './address-limit.js';
import { LimitsStorage } from './limits.storage.js';
import { SignInAttempts } from './sign-in-attempts.js';
import { SignInLimit } from './sign-in-limit.js';

export { AddressLimit } from './address-limit.js';
export { SignInLimit } from './sign-in-limit.js';
export { LimitGuard } from './limit.guard.js';

@Module({
  imports: [AccessModule, CredentialsModule, PlansModule, UsageModule],
  providers: [AddressLimit, LimitsStorage, SignInAttempts, SignInLimit],
  exports: [AccessModule, CredentialsModule, PlansModule, UsageModule, AddressLimit, LimitsStorage, SignInLimit],
})
export class LimitsModule {}
