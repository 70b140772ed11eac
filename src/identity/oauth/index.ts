import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/index.js';
import { AppApprovalsModule } from '../app-approvals/index.js';
import { AuthorizationsModule } from '../authorizations/index.js';
import { CredentialsModule } from '../credentials/index.js';
import { OAuthApplicationsModule } from '../oauth-applications/index.js';
import { OrganizationsModule } from '../organizations/index.js';
import { SessionsModule } from '../sessions/index.js';
import { SigningKeysModule } from '../signing-keys/index.js';
import { UsersModule } from '../users/index.js';
import { AccessTokens } from './access-tokens.js';
import { ClientDocuments } from './client-documents.js';
import { ClientRegistration } from './client-registration.js';
import { Consent } from './consent.js';
import { Interactions } from './interactions.js';
import { JwtTokens } from './jwt-tokens.js';
import { OAuthAppAuthentication } from './oauth-app-authentication.js';
import { OAuthAccounts } from './oauth-accounts.js';
import { OAuthAddresses } from './oauth-addresses.js';
import { OAuthClients } from './oauth-clients.js';
import { OAuthProvider } from './oauth-provider.js';
import { OAuthRecordsRepository } from './oauth-records.repository.js';
import { DpopProofs } from './dpop-proofs.js';
import { RequestBodies } from './request-bodies.js';
import { RequestGrants } from './request-grants.js';
import { RevokedTokensRepository } from './revoked-tokens.repository.js';
import { OAuthSweep } from './oauth.sweep.js';
import { Userinfo } from './userinfo.js';
import { OAuthServer } from './oauth-server.js';
import { SignInSteps } from './sign-in-steps.js';

export { OAuthAppAuthentication } from './oauth-app-authentication.js';
export { OAuthRecord } from './oauth-record.entity.js';
export { OAUTH_PATHS } from './oauth-addresses.js';
export { RevokedToken } from './revoked-token.entity.js';
export { OAuthServer } from './oauth-server.js';

@Module({
  imports: [
    AccountsModule,
    AppApprovalsModule,
    AuthorizationsModule,
    CredentialsModule,
    OAuthApplicationsModule,
    OrganizationsModule,
    SessionsModule,
    SigningKeysModule,
    UsersModule,
  ],
  providers: [
    AccessTokens,
    ClientDocuments,
    ClientRegistration,
    Consent,
    DpopProofs,
    Interactions,
    JwtTokens,
    OAuthAccounts,
    OAuthAddresses,
    OAuthAppAuthentication,
    OAuthClients,
    OAuthProvider,
    OAuthRecordsRepository,
    OAuthServer,
    RequestBodies,
    RequestGrants,
    RevokedTokensRepository,
    SignInSteps,
    Userinfo,
  ],
  exports: [
    OAuthServer,
    OAuthAppAuthentication,
    OAuthRecordsRepository,
    RevokedTokensRepository,
    AuthorizationsModule,
    OAuthApplicationsModule,
  ],
})
export class OAuthModule {}

/** For the worker: deletes what has expired. */
@Module({ imports: [OAuthModule], providers: [OAuthSweep] })
export class OAuthWorkerModule {}
