import { Module, type DynamicModule } from '@nestjs/common';
import { AccountsModule, accountsEvents } from '../../identity/accounts/index.js';
import { AdminModule } from '../../identity/admin/index.js';
import { ApiKey, apiKeysEvents } from '../../identity/api-keys/index.js';
import { AppApproval, AppApprovalsModule, appApprovalsEvents } from '../../identity/app-approvals/index.js';
import { AuditEntry, AuditHead } from '../../identity/audit/index.js';
import { Authorization, authorizationsEvents } from '../../identity/authorizations/index.js';
import { MailCount } from '../../identity/mail-caps/index.js';
import { Invitation, MembersModule, membersEvents } from '../../identity/members/index.js';
import {
  OAuthApplication,
  RegistrationToken,
  OAuthApplicationsModule,
  oauthApplicationsEvents,
} from '../../identity/oauth-applications/index.js';
import { OneTimeToken } from '../../identity/one-time-tokens/index.js';
import { Membership, Organization, organizationsEvents } from '../../identity/organizations/index.js';
import { Session, sessionsEvents, SignInFailure } from '../../identity/sessions/index.js';
import { SigningKey } from '../../identity/signing-keys/index.js';
import { User, usersEvents } from '../../identity/users/index.js';
import { BodyModule } from '../../platform/body/index.js';
import { ConfigModule, type Config } from '../../platform/config/index.js';
import { CryptoModule } from '../../platform/crypto/index.js';
import { DatabaseModule } from '../../platform/database/index.js';
import { Event, EventsModule } from '../../platform/events/index.js';
import { HttpModule } from '../../platform/http/index.js';
import { IdempotencyModule } from '../../platform/idempotency/index.js';
import { RedisModule } from '../../platform/redis/index.js';
import { TelemetryModule, type Logger } from '../../platform/telemetry/index.js';
import { VersionsModule } from '../../platform/versions/index.js';
import { releases } from '../../releases.js';

/** The tables that the modules below write to. */
const ENTITIES = [
  ...[User, Organization, Membership, Session, SignInFailure, SigningKey, OneTimeToken],
  ...[Invitation, MailCount, AuditEntry, AuditHead, ApiKey, Event],
  ...[OAuthApplication, Authorization, AppApproval, RegistrationToken],
];

/** The events that these modules record. */
const EVENTS = [
  ...[accountsEvents, apiKeysEvents, authorizationsEvents, membersEvents, oauthApplicationsEvents],
  ...[appApprovalsEvents, organizationsEvents, sessionsEvents, usersEvents],
];

/** The part of the application that operators need: identity and its dependencies. */
@Module({})
export class OperatorModule {
  static for(config: Config, logger: Logger): DynamicModule {
    return {
      module: OperatorModule,
      imports: [
        ConfigModule.forRoot(config),
        TelemetryModule.forRoot(logger),
        CryptoModule,
        DatabaseModule.forRoot(ENTITIES),
        RedisModule,
        EventsModule.forRoot(EVENTS),
        HttpModule,
        BodyModule,
        IdempotencyModule,
        VersionsModule.forRoot(releases),
        AccountsModule,
        MembersModule,
        AdminModule,
        OAuthApplicationsModule,
        AppApprovalsModule,
      ],
    };
  }
}
