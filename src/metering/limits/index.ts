import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
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
  imports: [UsageModule],
  providers: [AddressLimit, LimitsStorage, SignInAttempts],
  exports: [AddressLimit, LimitsStorage, SignInAttempts],
})
class LimitsStorageModule {}

/** One throttler without numbers of its own: the guard takes them from plan and route. */
@Module({
  imports: [
    AccessModule,
    CredentialsModule,
    PlansModule,
    UsageModule,
    LimitsStorageModule,
    ThrottlerModule.forRootAsync({
      imports: [LimitsStorageModule],
      inject: [LimitsStorage],
      useFactory: (storage: LimitsStorage) => ({ throttlers: [{ limit: 0, ttl: 0 }], storage }),
    }),
  ],
  exports: [AccessModule, CredentialsModule, PlansModule, UsageModule, LimitsStorageModule, ThrottlerModule],
})
export class LimitsModule {}
