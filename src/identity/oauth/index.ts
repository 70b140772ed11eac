import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/index.js';
import { AuthorizationsModule } from '../authorizations/index.js';
import { OAuthApplicationsModule } from '../oauth-applications/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { SessionsModule } from '../sessions/index.js';
import { SigningKeysModule } from '../signing-keys/index.js';
import { UsersModule } from '../users/index.js';
import { AccessTokens } from './access-tokens.js';
import { Consent } from './consent.js';
import { Interactions } from './interactions.js';
import { JwtTokens } from './jwt-tokens.js';
import { OAuthAccounts } from './oauth-accounts.js';
import { OAuthAddresses } from './oauth-addresses.js';
import { OAuthClients } from './oauth-clients.js';
import { OAuthProvider } from './oauth-provider.js';
import { OAuthRecordsRepository } from './oauth-records.repository.js';
import { OAuthServer } from './oauth-server.js';
import { SignInSteps } from './sign-in-steps.js';

export { OAuthRecord } from './oauth-record.entity.js';
export { OAuthServer } from './oauth-server.js';

@Module({
  imports: [
    AccountsModule,
    AuthorizationsModule,
    OAuthApplicationsModule,
    OrganizationsModule,
    SessionsModule,
    SigningKeysModule,
    UsersModule,
  ],
  providers: [
    AccessTokens,
    Consent,
    Interactions,
    JwtTokens,
    OAuthAccounts,
    OAuthAddresses,
    OAuthClients,
    OAuthProvider,
    OAuthRecordsRepository,
    OAuthServer,
    SignInSteps,
  ],
  exports: [OAuthServer],
})
export class OAuthModule {}
