import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ApiKeysModule } from '../api-keys/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { SessionsModule } from '../sessions/index.js';
import { ApiKeyResolver, ApiKeyStrategy } from './api-key.resolver.js';
import { AccessCheck } from './access-check.js';
import { AccessWatcher } from './access-watcher.js';
import { Callers } from './callers.js';
import { OAuthModule } from '../oauth/index.js';
import { OAuthAppResolver } from './oauth-app.resolver.js';
import { RouteRules } from './route-rules.js';
import { SessionResolver, SessionStrategy } from './session.resolver.js';

export { AuthenticationGuard } from './authentication.guard.js';
export { AuthorizationGuard } from './authorization.guard.js';
export { Callers } from './callers.js';
export { RouteRules } from './route-rules.js';

@Module({
  imports: [DiscoveryModule, SessionsModule, ApiKeysModule, CredentialsModule, OAuthModule],
  providers: [
    AccessCheck,
    AccessWatcher,
    Callers,
    RouteRules,
    ApiKeyResolver,
    ApiKeyStrategy,
    OAuthAppResolver,
    SessionResolver,
    SessionStrategy,
  ],
  exports: [SessionsModule, ApiKeysModule, AccessWatcher, Callers, RouteRules],
})
export class AccessModule {}
