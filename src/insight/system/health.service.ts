import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/index.js';
import { Drain } from '../../platform/server/index.js';
import { Models } from '../../platform/model/index.js';
import { Redis } from '../../platform/redis/index.js';
import type { InferenceHealthDto, ReadinessDto, ReadyAllDto, ReadyDto, ServiceHealthDto } from './health.dto.js';
import { MetricsService } from './metrics.service.js';
import { onceASecond } from './once-a-second.js';

/** Checks the dependencies of this process. Each is called at most once a second, no matter how many callers ask. */
@Injectable()
export class HealthService {
  private readonly checkDatabase = onceASecond(() =>
    timed(() => this.database.asPlatform(() => this.database.query('SELECT 1'))),
  );
  private readonly checkCache = onceASecond(() => timed(() => this.redis.client.ping()));
  /** The server starts only on a migrated database, but an older one may be restored while it runs. */
  private readonly checkMigrations = onceASecond(async () => {
    const missing = await this.database.findMissingMigrations().catch(() => undefined);
    if (missing?.length === 0) return { isCurrent: true, told: {} };
    return { isCurrent: false, told: missing ? { missing_migrations: missing } : {} };
  });
  private readonly checkModel = onceASecond(() => timed(() => this.models.ping()));

  constructor(
    private readonly database: Database,
    private readonly redis: Redis,
    private readonly models: Models,
    private readonly metrics: MetricsService,
    private readonly drain: Drain,
  ) {}

  /**
   * Ready to take requests: PostgreSQL responds, and this process is not shutting down. Without Redis the service continues,
   * degraded.
   */
  async readiness(): Promise<ReadinessDto> {
    const [database, cache, schema] = await Promise.all([
      this.checkDatabase(),
      this.checkCache(),
      this.checkMigrations(),
    ]);
    const isReady = database.healthy && schema.isCurrent && !this.drain.isDraining;
    return { status: isReady ? 'ready' : 'not_ready', services: { database, cache }, ...schema.told };
  }

  /** Ready to answer questions: the model must respond, too. */
  async ready(): Promise<ReadyDto> {
    const [database, inference, schema] = await Promise.all([
      this.checkDatabase(),
      this.checkInference(),
      this.checkMigrations(),
    ]);
    const isReady = database.healthy && schema.isCurrent && inference.healthy;
    return { status: isReady ? 'ready' : 'not_ready', inference, ...schema.told };
  }

  async readyAll(): Promise<ReadyAllDto> {
    const [database, cache, inference, schema] = await Promise.all([
      this.checkDatabase(),
      this.checkCache(),
      this.checkInference(),
      this.checkMigrations(),
    ]);
    return {
      status: database.healthy && schema.isCurrent && inference.healthy ? 'ready' : 'not_ready',
      services: { inference, database, cache },
      latency_percentiles: await this.metrics.latencyPercentiles(),
      ...schema.told,
    };
  }

  private async checkInference(): Promise<InferenceHealthDto> {
    return { ...(await this.checkModel()), model: this.models.resolveId(undefined) };
  }
}

async function timed(check: () => Promise<unknown>): Promise<ServiceHealthDto> {
  const startedAt = performance.now();
  const healthy = await check().then(
    () => true,
    () => false,
  );
  return { healthy, latency_ms: Math.round((performance.now() - startedAt) * 10) / 10 };
}
