import { Module } from '@nestjs/common';
import { AccessModule } from '../../identity/access/index.js';
import { CredentialsModule } from '../../identity/credentials/index.js';
import { PlansModule } from '../plans/index.js';
import { UsageModule } from '../usage/index.js';
import { AddressLimit } from './address-limit.js';
import { LimitsStorage } from './limits.storage.js';
import { SignInAttempts } from './sign-in-attempts.js';

export { AddressLimit } from './address-limit.js';
export { LimitGuard } from './limit.guard.js';
export { SignInInterceptor } from './sign-in.interceptor.js';

@Module({
  imports: [AccessModule, CredentialsModule, PlansModule, UsageModule],
  providers: [AddressLimit, LimitsStorage, SignInAttempts],
  exports: [AccessModule, CredentialsModule, PlansModule, UsageModule, AddressLimit, LimitsStorage, SignInAttempts],
})
export class LimitsModule {}
