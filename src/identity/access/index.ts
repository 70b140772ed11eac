import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ApiKeysModule } from '../api-keys/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { SessionsModule } from '../sessions/index.js';
import { AccessCheck } from './access-check.js';
import { AccessWatcher } from './access-watcher.js';
import { Callers } from './callers.js';
import { RouteRules } from './route-rules.js';
import { ApiKeyStrategy, SessionStrategy } from './strategies.js';

export { AuthenticationGuard } from './authentication.guard.js';
export { AuthorizationGuard } from './authorization.guard.js';
export { Callers } from './callers.js';
export { RouteRules } from './route-rules.js';

@Module({
  imports: [
    DiscoveryModule,
    PassportModule.register({ session: false }),
    SessionsModule,
    ApiKeysModule,
    CredentialsModule,
  ],
  providers: [AccessCheck, AccessWatcher, Callers, RouteRules, ApiKeyStrategy, SessionStrategy],
  exports: [SessionsModule, ApiKeysModule, AccessWatcher, Callers, RouteRules],
})
export class AccessModule {}
