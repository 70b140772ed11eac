import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { entities } from './entities.js';
import { eventCatalogues } from './events.js';
import { AccessModule, AuthenticationGuard, AuthorizationGuard } from './identity/access/index.js';
import { AccountsModule } from './identity/accounts/index.js';
import { AdminModule } from './identity/admin/index.js';
import { AppApprovalsModule } from './identity/app-approvals/index.js';
import { AuditModule } from './identity/audit/index.js';
import { MembersModule } from './identity/members/index.js';
import { OAuthModule, OAuthWorkerModule } from './identity/oauth/index.js';
import { OAuthApplicationsModule } from './identity/oauth-applications/index.js';
import { OrganizationSettingsModule } from './identity/organization-settings/index.js';
import { OrganizationsWorkerModule } from './identity/organizations/index.js';
import { DashboardModule } from './insight/dashboard/index.js';
import { SystemModule } from './insight/system/index.js';
import { LimitGuard, LimitsModule } from './metering/limits/index.js';
import { QuotasModule, QuotasWorkerModule } from './metering/quotas/index.js';
import { UsageModule, UsageWorkerModule } from './metering/usage/index.js';
import { WhoamiModule } from './metering/whoami/index.js';
import { RequestLogsModule, RequestLogsWorkerModule } from './insight/request-logs/index.js';
import { MailModule } from './outreach/mail/index.js';
import { NotificationsModule } from './outreach/notifications/index.js';
import { BodyModule } from './platform/body/index.js';
import { ConfigModule, type Config } from './platform/config/index.js';
import { CryptoModule } from './platform/crypto/index.js';
import { DatabaseModule } from './platform/database/index.js';
import { DuckDbModule } from './platform/duckdb/index.js';
import { PostgresReaderModule } from './platform/postgres-reader/index.js';
import { EventsModule, EventsWorkerModule } from './platform/events/index.js';
import { HttpModule, ProblemFilter, UnknownAddressModule } from './platform/http/index.js';
import { ContractValidationPipe } from './platform/validation/index.js';
import { IdempotencyModule, IdempotencyWorkerModule } from './platform/idempotency/index.js';
import { HttpClientModule } from './platform/http-client/index.js';
import { ModelModule } from './platform/model/index.js';
import { QueueModule } from './platform/queue/index.js';
import { RedisModule } from './platform/redis/index.js';
import { ServerModule } from './platform/server/index.js';
import { StreamsModule } from './platform/streams/index.js';
import { TelemetryModule, type Logger } from './platform/telemetry/index.js';
import { ServedVersionGuard, VersionGuard, VersionsModule } from './platform/versions/index.js';
import { ThreadsModule } from './platform/threads/index.js';
import { AnalysisModule, AnalysisWorkerModule } from './product/analysis/index.js';
import { ChatModule } from './product/chat/index.js';
import { DataSourcesModule, DataSourcesWorkerModule } from './product/data-sources/index.js';
import { KnowledgeModule, KnowledgeWorkerModule } from './product/knowledge/index.js';
import { PapersModule, PapersWorkerModule } from './product/papers/index.js';
import { ResearchModule, ResearchWorkerModule } from './product/research/index.js';
import { TasksModule, TasksWorkerModule } from './product/tasks/index.js';
import { versions } from './versions.js';

/**
 * Order of a request: authenticate, resolve the version, limit, authorize, reject unserved routes. On routes that change
 * data, `@Idempotent()` then reads the body and looks for an earlier response. Then validate, handle, and finally map errors.
 */
const PIPELINE = [
  { provide: APP_GUARD, useClass: AuthenticationGuard },
  { provide: APP_GUARD, useClass: VersionGuard },
  { provide: APP_GUARD, useClass: LimitGuard },
  { provide: APP_GUARD, useClass: AuthorizationGuard },
  { provide: APP_GUARD, useClass: ServedVersionGuard },
  { provide: APP_PIPE, useClass: ContractValidationPipe },
  { provide: APP_FILTER, useExisting: ProblemFilter },
];

/** The only place that imports every module. */
@Module({})
export class AppModule {
  /** @param withWorker true if this process does background work, too */
  static for(config: Config, logger: Logger, withWorker: boolean): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        TelemetryModule.forRoot(logger),
        CryptoModule,
        DatabaseModule.forRoot(entities),
        RedisModule,
        QueueModule,
        EventsModule.forRoot(eventCatalogues),
        HttpModule,
        HttpClientModule,
        ServerModule,
        StreamsModule,
        BodyModule,
        IdempotencyModule,
        VersionsModule.forRoot(versions),
        ThreadsModule,
        DuckDbModule,
        PostgresReaderModule,
        ModelModule,
        AccessModule,
        AccountsModule,
        MembersModule,
        AdminModule,
        OAuthApplicationsModule,
        AppApprovalsModule,
        OrganizationSettingsModule,
        OAuthModule,
        AuditModule,
        LimitsModule,
        UsageModule,
        QuotasModule,
        WhoamiModule,
        RequestLogsModule,
        KnowledgeModule,
        ChatModule,
        TasksModule,
        DataSourcesModule,
        AnalysisModule,
        ResearchModule,
        PapersModule,
        NotificationsModule,
        SystemModule,
        DashboardModule,
        UnknownAddressModule,
        ...(withWorker
          ? [
              EventsWorkerModule,
              IdempotencyWorkerModule,
              OrganizationsWorkerModule,
              OAuthWorkerModule,
              UsageWorkerModule,
              QuotasWorkerModule,
              RequestLogsWorkerModule,
              KnowledgeWorkerModule,
              TasksWorkerModule,
              DataSourcesWorkerModule,
              AnalysisWorkerModule,
              ResearchWorkerModule,
              PapersWorkerModule,
              MailModule,
            ]
          : []),
      ],
      providers: PIPELINE,
    };
  }
}
