import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ApiKeysModule } from '../api-keys/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { SessionsModule } from '../sessions/index.js';
import { AccessCheck } from './access-check.js';
import { AccessWatcher } from './access-watcher.js';
import { RouteAccess } from './route-access.js';
import { ApiKeyStrategy, SessionStrategy } from './strategies.js';

export { AuthenticationGuard } from './authentication.guard.js';
export { AuthorizationGuard } from './authorization.guard.js';

@Module({
  imports: [
    DiscoveryModule,
    PassportModule.register({ session: false }),
    SessionsModule,
    ApiKeysModule,
    CredentialsModule,
  ],
  providers: [AccessCheck, AccessWatcher, RouteAccess, ApiKeyStrategy, SessionStrategy],
  exports: [SessionsModule, ApiKeysModule, AccessWatcher, RouteAccess],
})
export class AccessModule {}
